/** What happened, row by row, in step with the stage. Only the rows in view exist in the page. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clockTime, wallTime } from "../format";
import { filterRows, rowIndexAt, shownRows, TABS, type Row } from "../rows";
import { words } from "../strings";
import { useView } from "./context";
import { Icon } from "./icons";
import { Person } from "./person";

const ROW_PX = 28; // as in the style sheet
const OVERSCAN = 12;

export function List(): JSX.Element {
  const view = useView();
  return (
    <aside class="ph-list">
      <Tabs />
      {view.tab.value === "person" ? (
        <Person />
      ) : (
        <>
          <Filters />
          <Partial />
          <Rows />
          <Details />
        </>
      )}
    </aside>
  );
}

function Tabs(): JSX.Element {
  const { tab, player } = useView();
  const errors = useComputed(() => ({
    console: filterRows(player.rows.value, { tab: "console", search: "", onlyErrors: true }).length,
    network: filterRows(player.rows.value, { tab: "network", search: "", onlyErrors: true }).length,
  }));
  function move(event: KeyboardEvent): void {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length];
    if (next) tab.value = next;
    requestAnimationFrame(() => document.getElementById(`ph-tab-${tab.value}`)?.focus());
  }
  return (
    <div class="ph-tabs" role="tablist" aria-label={words.panels} onKeyDown={move}>
      {TABS.map((name) => {
        const count = name === "console" || name === "network" ? errors.value[name] : 0;
        return (
          <button
            type="button"
            role="tab"
            id={`ph-tab-${name}`}
            aria-selected={tab.value === name}
            aria-controls="ph-panel"
            tabIndex={tab.value === name ? 0 : -1}
            title={`${words.tabs[name]} (${TABS.indexOf(name) + 1})`}
            onClick={() => (tab.value = name)}
          >
            {words.tabs[name]}
            {count > 0 && (
              <span class="ph-count" title={words.errors(count)} aria-label={words.errors(count)} role="img">
                {count}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

function Filters(): JSX.Element {
  const { search, onlyErrors, follows } = useView();
  /** Escape clears what was typed; once there is nothing, it leaves the field. */
  function leave(event: JSX.TargetedKeyboardEvent<HTMLInputElement>): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (search.value === "") event.currentTarget.blur();
    search.value = "";
  }
  return (
    <div class="ph-filters">
      <label class="ph-search">
        <Icon name="search" />
        <span class="ph-unseen">{words.search}</span>
        <input
          type="search"
          placeholder={words.search}
          value={search.value}
          onInput={(event) => (search.value = event.currentTarget.value)}
          onKeyDown={leave}
        />
        {search.value !== "" && (
          <button type="button" class="ph-icon-button ph-clear" aria-label={words.clearSearch} title={`${words.clearSearch} (esc)`} onClick={() => (search.value = "")}>
            <Icon name="close" />
          </button>
        )}
      </label>
      <label class="ph-toggle" title={`${words.onlyErrors} (o)`}>
        <input type="checkbox" checked={onlyErrors.value} onChange={(event) => (onlyErrors.value = event.currentTarget.checked)} />
        {words.onlyErrors}
      </label>
      <label class="ph-toggle" title={`${words.followTitle} (r)`}>
        <input type="checkbox" checked={follows.value} onChange={(event) => (follows.value = event.currentTarget.checked)} />
        {words.follow}
      </label>
    </div>
  );
}

/** What is left out is said. */
function Partial(): JSX.Element | null {
  const { player } = useView();
  return player.isPartial.value ? <p class="ph-partial" role="status">{words.isPartial}</p> : null;
}

function Rows(): JSX.Element {
  const { player, tab, search, onlyErrors, follows } = useView();
  const box = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(0);
  const height = useSignal(600);
  const rows = useComputed(() => shownRows(player.rows.value, { tab: tab.value, search: search.value, onlyErrors: onlyErrors.value }));
  const current = useComputed(() => rowIndexAt(rows.value, player.timeMs.value));

  useLayoutEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => (height.value = entry?.contentRect.height ?? 600));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  useSignalEffect(() => {
    // The row that is being played is held at a third of the height.
    if (!follows.value || !box.current) return;
    const top = Math.max(0, Math.max(0, current.value) * ROW_PX - height.value / 3);
    if (Math.abs(box.current.scrollTop - top) > 1) box.current.scrollTop = top;
  });

  const first = Math.max(0, Math.floor(scrollTop.value / ROW_PX) - OVERSCAN);
  const last = Math.min(rows.value.length, Math.ceil((scrollTop.value + height.value) / ROW_PX) + OVERSCAN);
  const startMs = player.timeline.value?.startMs ?? 0;
  const timeChars = Math.max(5, clockTime(player.timeline.value?.durationMs ?? 0).length);
  const unfollow = (): void => void (follows.value = false);
  return (
    <div
      class="ph-rows"
      id="ph-panel"
      role="tabpanel"
      aria-labelledby={`ph-tab-${tab.value}`}
      ref={box}
      tabIndex={-1}
      style={{ "--ph-time-width": `${timeChars + 1}ch` }}
      onScroll={(event) => (scrollTop.value = event.currentTarget.scrollTop)}
      onWheel={unfollow}
      onTouchMove={unfollow}
    >
      {rows.value.length === 0 && <Nothing isFiltered={search.value !== "" || onlyErrors.value} />}
      <ol style={{ height: `${rows.value.length * ROW_PX}px` }}>
        {rows.value.slice(first, last).map((row, index) => (
          <RowLine
            key={row.key}
            row={row}
            top={(first + index) * ROW_PX}
            time={clockTime(row.atMs - startMs)}
            isCurrent={first + index === current.value}
            isSelected={row.key === player.selected.value}
          />
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  row: Row;
  top: number;
  time: string;
  isCurrent: boolean;
  isSelected: boolean;
}

function RowLine({ row, top, time, isCurrent, isSelected }: RowProps): JSX.Element {
  const { player, follows, tab } = useView();
  function seek(): void {
    follows.value = true;
    player.seekToRow(row);
  }
  return (
    <li style={{ top: `${top}px` }}>
      <button
        type="button"
        class={`ph-row ph-tone-${row.tone} ph-kind-${row.kind}`}
        data-event={row.id}
        data-kind={row.kind}
        data-current={isCurrent}
        aria-current={isCurrent ? "time" : undefined}
        aria-pressed={isSelected}
        onClick={seek}
      >
        <time title={wallTime(row.atMs)}>{time}</time>
        {tab.value === "network" ? (
          <span class="ph-type">{row.type}</span>
        ) : (
          <span class="ph-kind" title={words.row[row.kind]}>
            <Icon name={row.kind} />
            <span class="ph-unseen">{words.row[row.kind]}</span>
          </span>
        )}
        <span class="ph-row-text" title={row.text}>
          {row.text}
        </span>
        {row.note && <span class="ph-note">{row.note}</span>}
      </button>
    </li>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }): JSX.Element | null {
  const { search, onlyErrors, player, tab } = useView();
  if (player.situation.value.state === "failed") return null; // the stage says it
  if (!player.timeline.value) return <p class="ph-nothing ph-late">{words.loadingRows}</p>;
  if (!isFiltered) return <p class="ph-nothing">{words.noRows[tab.value]}</p>;
  function clear(): void {
    search.value = "";
    onlyErrors.value = false;
  }
  return (
    <p class="ph-nothing">
      {words.noMatches}
      <button type="button" class="ph-text-button" onClick={clear}>
        {words.clearSearch}
      </button>
    </p>
  );
}

/** All that is known of the selected row. */
function Details(): JSX.Element | null {
  const { player } = useView();
  const row = player.rows.value.find((each) => each.key === player.selected.value);
  if (!row || row.details.length === 0) return null;
  return (
    <section class="ph-details" aria-label={words.details}>
      <button type="button" class="ph-icon-button ph-details-close" aria-label={words.close} title={words.close} onClick={() => (player.selected.value = null)}>
        <Icon name="close" />
      </button>
      <dl>
        {row.details.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
