/** Which part of the session the timeline shows. Pure; server clock, ms. */
import type { Span } from "./timeline";

/** What is shown, with its length at hand. */
export interface Range extends Span {
  durationMs: number;
}

const LEAST_MS = 2_000; // on a thousand pixels that is two milliseconds each

export function rangeOf(startMs: number, endMs: number): Range {
  return { startMs, endMs, durationMs: endMs - startMs };
}

/** Return a range of this length at this place, moved and cut so that it lies inside the whole; null when it is the whole. */
function inside(startMs: number, lengthMs: number, whole: Range): Range | null {
  const durationMs = Math.max(Math.min(LEAST_MS, whole.durationMs), lengthMs);
  if (durationMs >= whole.durationMs) return null;
  const from = Math.min(whole.endMs - durationMs, Math.max(whole.startMs, startMs));
  return rangeOf(from, from + durationMs);
}

/** Show so much more (`factor` above 1) or less around a moment, which stays where it is on the line. */
export function zoomed(shown: Range, whole: Range, atMs: number, factor: number): Range | null {
  const held = Math.min(shown.endMs, Math.max(shown.startMs, atMs));
  return inside(held - (held - shown.startMs) * factor, shown.durationMs * factor, whole);
}

export function moved(shown: Range, whole: Range, byMs: number): Range | null {
  return inside(shown.startMs + byMs, shown.durationMs, whole);
}

/** Turn the page when the playhead leaves it: a tenth stays before it. */
export function following(shown: Range, whole: Range, atMs: number): Range | null {
  if (atMs >= shown.startMs && atMs <= shown.endMs) return inside(shown.startMs, shown.durationMs, whole);
  return inside(atMs - shown.durationMs / 10, shown.durationMs, whole);
}
