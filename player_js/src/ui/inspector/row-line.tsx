/** One row of the list. */
import type { JSX } from "preact";
import { bytes, duration, wallTime } from "../../format";
import type { Row } from "../../rows";
import { words } from "../../strings";
import { text } from "../../text";
import { barOf, type Scale } from "../../waterfall";
import { useView } from "../context";
import { Icon } from "../icons";
import { Marked } from "./marked";
import { ROW_PX, rowId } from "./rows";

interface RowProps {
  row: Row;
  place: number;
  of: number;
  time: string;
  isCurrent: boolean;
  isOpen: boolean;
  scale: Scale | null; // of the waterfall: the rows in view
}

export function RowLine({ row, place, of, time, isCurrent, isOpen, scale }: RowProps): JSX.Element {
  const view = useView();
  return (
    <div
      id={rowId(row.key)}
      role="option"
      class={`ph-row ph-tone-${row.tone} ph-kind-${row.kind}`}
      style={{ top: `${place * ROW_PX}px` }}
      data-event={row.id}
      data-kind={row.kind}
      data-current={isCurrent}
      aria-current={isCurrent ? "time" : undefined}
      aria-selected={isOpen}
      aria-setsize={of}
      aria-posinset={place + 1}
      onClick={() => view.visit(row)}
    >
      <time title={wallTime(row.atMs)}>{time}</time>
      {scale ? <NetworkCells row={row} scale={scale} /> : <PlainCells row={row} />}
    </div>
  );
}

function PlainCells({ row }: { row: Row }): JSX.Element {
  return (
    <>
      <span class="ph-kind" title={words.row[row.kind]}>
        <Icon name={row.kind} />
        <span class="ph-unseen">{words.row[row.kind]}</span>
      </span>
      <span class="ph-row-text" title={row.text}>
        <Marked text={row.text} />
      </span>
      <Times row={row} />
      {row.kind === "console" && row.tone !== "plain" && <span class="ph-note">{words.levels[row.type] ?? row.type}</span>}
      {row.note && <span class="ph-note">{row.note}</span>}
    </>
  );
}

function Times({ row }: { row: Row }): JSX.Element | null {
  if (row.times < 2) return null;
  return (
    <span class="ph-times" title={words.occurrences(row.times)}>
      {row.times}×
    </span>
  );
}

/** The columns of the network panel. A moment stands in for its request until the log is here: it knows only where that went. */
function NetworkCells({ row, scale }: { row: Row; scale: Scale }): JSX.Element {
  const event = row.event?.type === "network" ? row.event : null;
  const bar = barOf(row, scale);
  const status = event ? (event.status ? text(event.status) : event.failed ? words.noAnswer : "–") : "";
  const size = event && typeof event.response_bytes === "number" ? bytes(event.response_bytes) : "";
  return (
    <>
      <span class="ph-type">{row.type}</span>
      <span class="ph-row-text" title={row.address || row.text}>
        <Marked text={row.text} />
      </span>
      <span class="ph-status">{status}</span>
      <span class="ph-size">{size}</span>
      <span class="ph-took">{event && event.duration_ms >= 0 ? duration(event.duration_ms) : ""}</span>
      <span class="ph-fall" aria-hidden="true">
        {bar && <i style={{ left: `${100 * bar.at}%`, width: `${100 * bar.width}%` }} />}
      </span>
    </>
  );
}

export function NetworkHead({ timeChars }: { timeChars: number }): JSX.Element {
  const { columns } = words;
  return (
    <div class="ph-network-head" aria-hidden="true" style={{ "--ph-time-width": `${timeChars + 1}ch` }}>
      <time>{columns.time}</time>
      <span class="ph-type">{columns.type}</span>
      <span class="ph-row-text">{columns.name}</span>
      <span class="ph-status">{columns.status}</span>
      <span class="ph-size">{columns.size}</span>
      <span class="ph-took">{columns.duration}</span>
      <span class="ph-fall">{columns.waterfall}</span>
    </div>
  );
}
