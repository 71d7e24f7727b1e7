/** Where the visitor is now, and where they have been: every page, each a click away. */
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Fact } from "../../details";
import { stamp } from "../../format";
import type { Row } from "../../rows";
import { words } from "../../strings";
import { text } from "../../text";
import { useView } from "../context";
import { Facts } from "./facts";
import { Marked } from "./marked";

const MOST_PAGES = 500;

export function PagePanel(): JSX.Element {
  const view = useView();
  const { player } = view;
  const pages = useComputed(() => player.rows.value.filter((row) => row.kind === "navigation"));
  const now = useComputed(() => pages.value.findLast((row) => row.stream === player.stream.value?.id && row.atMs <= player.timeMs.value) ?? null);
  const title = now.value?.event?.type === "navigation" ? text(now.value.event.title) : "";
  const size = player.viewport.value;
  const manifest = player.timeline.value?.manifest;
  const number = manifest?.windows.find((window) => window.id === player.stream.value?.window)?.number;
  const facts: Fact[] = [
    [words.facts.title, title],
    [words.facts.url, now.value?.address || player.stream.value?.entry_url || ""],
    [words.viewport, size && size.width > 0 ? `${size.width} × ${size.height}` : ""],
    [words.facts.tab, number === undefined ? "" : String(number)],
  ];
  return (
    <>
      <h2>{words.pageNow}</h2>
      <Facts facts={facts.filter(([, value]) => value !== "")} />
      <h3>{words.pagesVisited(pages.value.length)}</h3>
      <ol class="ph-lines">
        {pages.value.slice(0, MOST_PAGES).map((row) => (
          <PageLine key={row.key} row={row} isNow={row.key === now.value?.key} />
        ))}
      </ol>
      {pages.value.length > MOST_PAGES && <p class="ph-muted">{words.more(pages.value.length - MOST_PAGES)}</p>}
    </>
  );
}

function PageLine({ row, isNow }: { row: Row; isNow: boolean }): JSX.Element {
  const { player, timeStyle } = useView();
  return (
    <li>
      <button type="button" class="ph-line" aria-current={isNow ? "page" : undefined} title={row.address} onClick={() => player.seekToRow(row)}>
        <time>{stamp(row.atMs, player.timeline.value?.startMs ?? 0, timeStyle.value)}</time>
        <span class="ph-row-text">
          <Marked text={row.text} />
        </span>
      </button>
    </li>
  );
}
