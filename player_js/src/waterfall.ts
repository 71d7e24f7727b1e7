/** Where a request's bar lies among those around it: the scale is the rows in view, for over a whole session every bar is a dot. Pure. */
import type { Row } from "./rows";

export interface Scale {
  startMs: number;
  durationMs: number;
}

const LEAST_WIDTH = 0.02; // of the whole: thinner bars are not seen

function tookMs(row: Row): number {
  return row.event?.type === "network" && row.event.duration_ms > 0 ? Math.min(row.event.duration_ms, 3_600_000) : 0;
}

/** Return the span that these rows cover. */
export function scaleOf(rows: Row[]): Scale {
  let [startMs, endMs] = [Infinity, -Infinity];
  for (const row of rows) {
    startMs = Math.min(startMs, row.atMs);
    endMs = Math.max(endMs, row.atMs + tookMs(row));
  }
  return Number.isFinite(startMs) ? { startMs, durationMs: Math.max(1, endMs - startMs) } : { startMs: 0, durationMs: 1 };
}

/** Return a row's bar in parts of the width, always inside and wide enough to see; null for what took no time that is known. */
export function barOf(row: Row, { startMs, durationMs }: Scale): { at: number; width: number } | null {
  if (row.event?.type !== "network" || !(row.event.duration_ms >= 0)) return null;
  const at = Math.min(1 - LEAST_WIDTH, Math.max(0, (row.atMs - startMs) / durationMs));
  return { at, width: Math.min(1 - at, Math.max(LEAST_WIDTH, tookMs(row) / durationMs)) };
}
