/** What the timeline draws: bars, spans and marks, never more than fit, however long the session. Pure; server clock, ms. */
import { clockTime } from "./format";
import type { Row } from "./rows";
import { words } from "./strings";
import { text } from "./text";
import type { Span, Timeline } from "./timeline";
import type { Range } from "./zoom";

export const MOST_BARS = 160;
const LEAST_BAR_MS = 1_000; // the recorder counts about every second
const LEAST_SPAN = 1 / 500; // of the width: thinner spans, and thinner rests between them, are not told apart

export interface Activity {
  atMs: number;
  count: number;
}

/** Places in parts of the whole, 0 to 1. */
export interface Bar {
  at: number;
  width: number;
  height: number;
}

export interface Mark {
  at: number;
  kind: string;
  row: Row; // the gravest of its place
  count: number;
  name: string;
}

/** Return what the person did: as the logs count by the second where they are here, else as the manifest counts. */
export function barsOf(timeline: Timeline, logged: Activity[], range: Range = timeline): Bar[] {
  const hasLogs = logged.length > 0;
  const counts = binned(range, hasLogs ? logged : told(timeline), hasLogs ? LEAST_BAR_MS : timeline.manifest.activity.bucket_ms);
  const most = Math.max(1, ...counts);
  return counts
    .map((count, index) => ({ at: index / counts.length, width: 1 / counts.length, height: count && 0.12 + 0.88 * Math.sqrt(count / most) }))
    .filter((bar) => bar.height > 0);
}

function told({ manifest }: Timeline): Activity[] {
  const { bucket_ms, counts } = manifest.activity;
  return counts.map((count, index) => ({ atMs: manifest.session.started_at_ms + (index + 0.5) * bucket_ms, count }));
}

/** A count belongs to the second or the slice around it, and so to a range that it touches. */
function isOutside(atMs: number, startMs: number, endMs: number, leastMs: number): boolean {
  return atMs < startMs - leastMs || atMs > endMs + leastMs;
}

function binned({ startMs, endMs, durationMs }: Range, activity: Activity[], leastMs: number): number[] {
  const counts = new Array<number>(Math.max(1, Math.min(MOST_BARS, Math.ceil(durationMs / leastMs)))).fill(0);
  for (const { atMs, count } of activity) {
    if (isOutside(atMs, startMs, endMs, leastMs)) continue;
    const place = Math.min(counts.length - 1, Math.max(0, Math.floor(((atMs - startMs) / durationMs) * counts.length)));
    counts[place] = (counts[place] ?? 0) + Math.max(0, Number(count) || 0);
  }
  return counts;
}

/** Return the spans that can be seen, those that would touch as one. They may come in any order and overlap. */
export function spansOf({ startMs, endMs, durationMs }: Range, spans: Span[]): { at: number; width: number }[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    if (span.endMs < startMs || span.startMs > endMs) continue;
    const last = merged.at(-1);
    if (last && span.startMs - last.endMs < LEAST_SPAN * durationMs) last.endMs = Math.max(last.endMs, span.endMs);
    else merged.push({ startMs: span.startMs, endMs: span.endMs });
  }
  return merged.map((span) => {
    const [from, to] = [Math.max(startMs, span.startMs), Math.min(endMs, span.endMs)];
    return { at: (from - startMs) / durationMs, width: Math.max(0, to - from) / durationMs };
  });
}

/** A page of the visit: from its navigation to the next, in whatever tab. */
export interface Chapter extends Span {
  address: string;
  title: string;
}

/** Return the chapters in order; who stays on a page, or changes only what follows the `#`, is still in the same one. */
export function chaptersOf(rows: Row[], { endMs }: Timeline): Chapter[] {
  const chapters: Chapter[] = [];
  for (const row of rows) {
    if (row.kind !== "navigation") continue;
    const last = chapters.at(-1);
    const title = row.event?.type === "navigation" ? text(row.event.title) : "";
    if (last && last.address.replace(/#.*/s, "") === row.address.replace(/#.*/s, "")) last.title ||= title;
    else {
      if (last) last.endMs = row.atMs;
      chapters.push({ startMs: row.atMs, endMs, address: row.address, title });
    }
  }
  return chapters;
}

export function chapterAt(chapters: Chapter[], atMs: number): Chapter | null {
  return chapters.findLast((chapter) => chapter.startMs <= atMs) ?? null;
}

/** Return where the track is cut: the chapters' beginnings, those too near to the one before left out. */
export function cutsOf(chapters: Chapter[], { startMs, durationMs }: Range, places: number): number[] {
  const cuts: number[] = [];
  for (const chapter of chapters) {
    const at = (chapter.startMs - startMs) / durationMs;
    if (at > 0 && at < 1 && at - (cuts.at(-1) ?? 0) >= 1 / Math.max(1, places)) cuts.push(at);
  }
  return cuts;
}

/** More tabs than this are not told apart. */
const MOST_LANES = 5;

export interface Lane {
  number: number;
  spans: { at: number; width: number }[];
}

/** Return for each window when it was open; none where there is only one. */
export function lanesOf(timeline: Timeline, range: Range = timeline): Lane[] {
  const { windows, streams } = timeline.manifest;
  if (windows.length < 2) return [];
  return windows.slice(0, MOST_LANES).map(({ id, number }) => {
    const own = streams.filter((stream) => stream.window === id);
    return { number, spans: spansOf(range, own.map(({ start_ms, end_ms }) => ({ startMs: start_ms, endMs: end_ms }))) };
  });
}

const GRAVITY = ["click", "navigation", "custom", "network", "error"];

function markKind({ kind, tone }: Row): string | null {
  if (kind === "console") return tone === "bad" ? "error" : null;
  if (kind === "network") return tone === "bad" ? "network" : null;
  if (kind === "rage_click") return "click";
  return GRAVITY.includes(kind) ? kind : null;
}

/** Return one mark for each of so many places: the gravest is drawn, and says how many more there are. */
export function marksOf(rows: Row[], timeline: Timeline, places: number, { startMs, endMs, durationMs }: Range = timeline): Mark[] {
  const marks = new Map<number, Mark>();
  for (const row of rows) {
    const kind = markKind(row);
    if (!kind) continue;
    const isZoomedPast = durationMs < timeline.durationMs && (row.atMs < startMs || row.atMs > endMs);
    if (isZoomedPast) continue;
    const at = Math.min(1, Math.max(0, (row.atMs - startMs) / durationMs));
    const place = Math.round(at * places);
    const held = marks.get(place);
    const count = (held?.count ?? 0) + 1;
    if (held && GRAVITY.indexOf(held.kind) >= GRAVITY.indexOf(kind)) held.count = count;
    else marks.set(place, { at: places > 0 ? place / places : 0, kind, row, count, name: "" });
  }
  for (const mark of marks.values()) mark.name = words.markName(clockTime(mark.row.atMs - timeline.startMs), words.row[mark.row.kind], mark.row.text, mark.count - 1);
  return [...marks.values()];
}
