/**
 * Where a request's bar lies among those in view. Over a whole session every bar would be a dot, and over a page that somebody reads
 * as well: so the axis is the rows in view, and a pause in which nothing was asked is cut short. Pure.
 */
import type { Row } from "./rows";

const LEAST_WIDTH = 0.02; // of the whole: thinner bars are not seen
const MOST_PAUSE_MS = 40;
const LONGEST_MS = 3_600_000;

/** Spans of time that follow each other on the axis, each with where it begins there. */
export interface Scale {
  spans: { startMs: number; endMs: number; at: number }[];
  length: number;
}

function tookMs(row: Row): number {
  return row.event?.type === "network" && row.event.duration_ms > 0 ? Math.min(row.event.duration_ms, LONGEST_MS) : 0;
}

/** Return the axis for these rows, which are in order of time. */
export function scaleOf(rows: Row[]): Scale {
  const spans: Scale["spans"] = [];
  for (const row of rows) {
    const endMs = row.atMs + tookMs(row);
    const last = spans.at(-1);
    if (!last) spans.push({ startMs: row.atMs, endMs, at: 0 });
    else if (row.atMs <= last.endMs + MOST_PAUSE_MS) last.endMs = Math.max(last.endMs, endMs);
    else spans.push({ startMs: row.atMs, endMs, at: last.at + last.endMs - last.startMs + MOST_PAUSE_MS });
  }
  const last = spans.at(-1);
  return { spans, length: Math.max(1, last ? last.at + last.endMs - last.startMs : 0) };
}

function placeOf(atMs: number, { spans, length }: Scale): number {
  const span = spans.findLast((each) => each.startMs <= atMs) ?? spans[0];
  return span ? (span.at + Math.min(span.endMs, Math.max(span.startMs, atMs)) - span.startMs) / length : 0;
}

/** Return a row's bar in parts of the width, always inside and wide enough to see; null for what took no time that is known. */
export function barOf(row: Row, scale: Scale): { at: number; width: number } | null {
  if (row.event?.type !== "network" || !(row.event.duration_ms >= 0)) return null;
  const at = Math.min(1 - LEAST_WIDTH, placeOf(row.atMs, scale));
  return { at, width: Math.min(1 - at, Math.max(LEAST_WIDTH, tookMs(row) / scale.length)) };
}
