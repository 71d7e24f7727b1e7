/** All that is known of the open row, in a drawer under the list. Escape closes it, and the list has the keyboard again. */
import { useComputed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { asCurl } from "../../curl";
import { factsOf, rowAsText, stackOf, valuesOf } from "../../details";
import { stamp, wallTime } from "../../format";
import { errorKey } from "../../panels";
import type { Row } from "../../rows";
import { words } from "../../strings";
import { useView, type View } from "../context";
import { copyText, linkToRow } from "../copy";
import { Icon, type IconName } from "../icons";
import { Facts } from "./facts";
import { Marked } from "./marked";
import { Tree } from "./tree";

const MOST_OCCURRENCES = 100;

export function openRow({ player, opened }: View): Row | null {
  const key = opened.value ?? player.selected.value;
  return key === null ? null : (player.rows.value.find((row) => row.key === key) ?? null);
}

export function closeDetails({ player, opened, root }: View): void {
  const isInside = document.activeElement?.closest(".ph-details");
  opened.value = null;
  player.selected.value = null;
  if (isInside) root.querySelector<HTMLElement>(".ph-rows")?.focus({ preventScroll: true });
}

export function Details(): JSX.Element | null {
  const view = useView();
  const shown = useComputed(() => openRow(view));
  const row = shown.value;
  if (!row) return null;
  const stack = stackOf(row);
  const values = valuesOf(row);
  return (
    <section class={`ph-details ph-tone-${row.tone}`} aria-label={words.details} tabIndex={0}>
      <Head row={row} />
      {values.length === 0 && row.kind !== "network" && (
        <p class="ph-said">
          <Marked text={row.text} />
        </p>
      )}
      {values.length > 0 && (
        <div class="ph-values" role="group" aria-label={words.values}>
          {values.map((value) => (typeof value === "string" ? <p class="ph-said"><Marked text={value} /></p> : <Tree value={value} isOpen />))}
        </div>
      )}
      <Facts facts={factsOf(row)} />
      {stack && (
        <>
          <h2>{words.stack}</h2>
          <pre class="ph-stack">
            <Marked text={stack} />
          </pre>
        </>
      )}
      {row.tone === "bad" && <Occurrences row={row} />}
    </section>
  );
}

function Head({ row }: { row: Row }): JSX.Element {
  const view = useView();
  const { player, timeStyle } = view;
  const curl = row.event?.type === "network" ? asCurl(row.event) : null;
  return (
    <div class="ph-details-head">
      <Icon name={row.kind} />
      <strong>{words.row[row.kind]}</strong>
      <time title={wallTime(row.atMs)}>{stamp(row.atMs, player.timeline.value?.startMs ?? 0, timeStyle.value)}</time>
      {row.note && row.kind !== "network" && <span class="ph-note">{row.note}</span>}
      <span class="ph-space" />
      <Act icon="play" label={`${words.seekHere} (enter)`} act={() => view.visit(row)} />
      {curl && (
        <button type="button" class="ph-text-button" onClick={() => void copyText(view, curl)} title={words.copyCurl}>
          {words.copyCurl}
        </button>
      )}
      <Act icon="copy" label={`${words.copyRow} (y)`} act={() => void copyText(view, rowAsText(row))} />
      <Act icon="link" label={`${words.copyRowLink} (shift y)`} act={() => void copyText(view, linkToRow(player, row))} />
      <Act icon="close" label={`${words.close} (esc)`} act={() => closeDetails(view)} />
    </div>
  );
}

function Act({ icon, label, act }: { icon: IconName; label: string; act: () => void }): JSX.Element {
  return (
    <button type="button" class="ph-icon-button" aria-label={label} title={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}

/** When else the same went wrong. */
function Occurrences({ row }: { row: Row }): ComponentChildren {
  const view = useView();
  const { player, timeStyle } = view;
  const key = errorKey(row);
  const same = player.rows.value.filter((each) => each.tone === "bad" && errorKey(each) === key);
  if (same.length < 2) return null;
  const startMs = player.timeline.value?.startMs ?? 0;
  return (
    <>
      <h2>{words.occurrences(same.length)}</h2>
      <p class="ph-occurrences">
        {same.slice(0, MOST_OCCURRENCES).map((each) => (
          <button type="button" class="ph-text-button" key={each.key} aria-current={each.key === row.key ? "true" : undefined} onClick={() => view.visit(each)}>
            {stamp(each.atMs, startMs, timeStyle.value)}
          </button>
        ))}
        {same.length > MOST_OCCURRENCES && <span class="ph-muted">{words.more(same.length - MOST_OCCURRENCES)}</span>}
      </p>
    </>
  );
}
