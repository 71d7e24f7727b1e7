/** Which chunks and segments make which frame: pure planning, no bytes. Times: server clock, ms. */
import { Flag } from "../../recorder_js/src/wire/frames";
import type { GapRow, SegmentRow, StreamRow } from "./manifest";
import { covers, overlaps } from "./pieces";

/** Pointer positions lie up to this far before the chunk's event that carries them. */
const POINTER_LOOK_AHEAD_MS = 600;
/** A segment that opens a page does so with its first events; a large page takes a while to be written down. */
const OPENING_MS = 2_000;

/**
 * A segment; one chunk, or the chunks of one event in parts; chunks that the manifest does not list; a span of seqs whose bytes are
 * missing, or make no picture.
 */
export interface PlannedUnit {
  kind: "segment" | "chunks" | "unlisted";
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  hasSnapshot: boolean;
  keyframeEvents: number; // that open a segment
  keyframeMs: number; // from then on it shows the page by itself
  isMissing: boolean;
  reason: string; // why it is
  domBytes: number;
}

/** Return a stream's units in order of seq; parts whose end is still to come are left out. */
export function unitsOf(stream: StreamRow, gaps: GapRow[]): PlannedUnit[] {
  const stated = gaps.filter((gap) => gap.stream === stream.id && gap.body !== "log").map(gapUnit);
  const isStated = (seq: number, upto = seq + 1): boolean => covers(stated, { seq, upto });
  const segments = stream.segments.filter(([seq, upto]) => !isStated(seq, upto)).map(segmentUnit);
  const unlisted = stream.unlisted.filter(([seq, upto]) => !isStated(seq, upto)).map(unlistedUnit);
  const chunks = [...stream.chunks].sort((a, b) => a[0] - b[0]).filter(([seq]) => !isStated(seq));
  const units = [...stated.filter((gap) => !segments.some((segment) => overlaps(segment, gap))), ...segments, ...unlisted];
  for (let index = 0; index < chunks.length; ) {
    const [seq, , , , , , , partCount] = chunks[index] as StreamRow["chunks"][number];
    const parts = chunks.slice(index, index + Math.max(1, partCount)).filter(([each], i) => each === seq + i);
    const isWhole = parts.length === Math.max(1, partCount);
    const isStillComing = !isWhole && index + parts.length === chunks.length;
    if (!isStillComing) units.push(chunkUnit(parts, isWhole));
    index += parts.length;
  }
  return seen(units.sort((a, b) => a.seq - b.seq), stated);
}

/** A segment without a keyframe that follows a loss, or opens with one, shows nothing: it is missing too, for the same reason. */
function seen(units: PlannedUnit[], stated: PlannedUnit[]): PlannedUnit[] {
  let lost: string | null = null;
  let knownUntilMs = -Infinity;
  return units.map((unit) => {
    const gap = unit.kind === "segment" && !canStart(unit) ? stated.find((each) => overlaps(each, unit)) : undefined;
    if (unit.isMissing || gap) lost = gap?.reason ?? unit.reason;
    else if (canStart(unit)) lost = null;
    const keyframeMs = Math.max(unit.startMs, knownUntilMs); // the keyframe holds all that came before it
    knownUntilMs = Math.max(knownUntilMs, unit.endMs);
    if (unit.kind !== "segment" || canStart(unit) || lost === null) return { ...unit, keyframeMs };
    return { ...unit, isMissing: true, reason: lost, startMs: Math.min(unit.startMs, gap?.startMs ?? Infinity) };
  });
}

/** Say whether a unit shows the whole page, by a full snapshot or a keyframe. */
export function canStart(unit: PlannedUnit): boolean {
  return !unit.isMissing && (unit.hasSnapshot || unit.keyframeEvents > 0);
}

const PLAIN = { keyframeEvents: 0, keyframeMs: 0, isMissing: false, reason: "" };

function segmentUnit([seq, upto, startMs, endMs, flags, domBytes, , keyframeEvents]: SegmentRow): PlannedUnit {
  return { ...PLAIN, kind: "segment", seq, upto, startMs, endMs, hasSnapshot: (flags & Flag.snapshot) !== 0, keyframeEvents, domBytes };
}

function unlistedUnit([seq, upto, startMs, endMs, flags, domBytes]: StreamRow["unlisted"][number]): PlannedUnit {
  return { ...PLAIN, kind: "unlisted", seq, upto, startMs, endMs, hasSnapshot: (flags & Flag.snapshot) !== 0, domBytes };
}

function gapUnit({ first_seq, last_seq, start_ms, end_ms, reason }: GapRow): PlannedUnit {
  const span = { seq: first_seq, upto: last_seq + 1, startMs: start_ms, endMs: end_ms };
  return { ...PLAIN, ...span, kind: "chunks", hasSnapshot: false, isMissing: true, reason, domBytes: 0 };
}

function chunkUnit(parts: StreamRow["chunks"], isWhole: boolean): PlannedUnit {
  const flags = parts.reduce((all, part) => all | part[3], 0);
  const isGap = (flags & Flag.gap) !== 0;
  return {
    ...PLAIN,
    kind: "chunks",
    seq: Math.min(...parts.map((part) => part[0])),
    upto: Math.max(...parts.map((part) => part[0])) + 1,
    startMs: Math.min(...parts.map((part) => part[1])),
    endMs: Math.max(...parts.map((part) => part[2])),
    hasSnapshot: (flags & Flag.snapshot) !== 0,
    isMissing: isGap || !isWhole || parts[0]?.[6] !== 0,
    reason: "not_arrived",
    domBytes: parts.reduce((sum, part) => sum + part[4], 0),
  };
}

/** Return the units that the frame at `atMs` needs: from what last showed the whole page to the moment. */
export function neededUnits(units: PlannedUnit[], atMs: number): PlannedUnit[] {
  if (units.length === 0) return [];
  let first = units.findLastIndex((unit) => canStart(unit) && unit.startMs <= atMs);
  const own = units[first];
  if (own && mayPrecede(own, atMs)) {
    // The moment lies before or in what shows the page: then the one before it is needed too.
    const before = units.slice(0, first).findLastIndex(canStart);
    if (before !== -1) first = before;
  }
  if (first === -1) first = Math.max(0, units.findIndex(canStart));
  const after = units.findIndex((unit, index) => index > first && unit.startMs > atMs + POINTER_LOOK_AHEAD_MS);
  return withoutUnseen(units.slice(first, after === -1 ? undefined : after));
}

function mayPrecede(start: PlannedUnit, atMs: number): boolean {
  if (start.keyframeEvents > 0) return atMs < start.keyframeMs;
  return atMs < (start.kind === "segment" ? Math.min(start.endMs, start.startMs + OPENING_MS) : start.endMs);
}

/** Leave out what follows a hole and cannot change the picture. */
function withoutUnseen(units: PlannedUnit[]): PlannedUnit[] {
  let isBlind = false;
  return units.filter((unit) => {
    const isUseless = isBlind && !canStart(unit);
    isBlind = unit.isMissing || (isBlind && !canStart(unit));
    return !isUseless;
  });
}

/** Say whether held units alone make the frame at `atMs`, however the manifest now cuts the stream. */
export function makesFrame(held: PlannedUnit[], units: PlannedUnit[], atMs: number): boolean {
  const needed = neededUnits(held, atMs);
  const [first, last] = [needed[0], needed.at(-1)];
  if (!first || !last || !canStart(first) || first.startMs > atMs) return false;
  if (needed.some((unit, index) => index > 0 && unit.seq !== needed[index - 1]?.upto)) return false;
  const next = units.find((unit) => unit.upto > last.upto);
  const untilMs = atMs + POINTER_LOOK_AHEAD_MS;
  return !next || last.endMs >= untilMs || (next.seq >= last.upto && next.startMs > untilMs);
}

/** Return the units after the moment that are worth having now, in order. */
export function unitsAhead(units: PlannedUnit[], atMs: number, mostMs: number, mostBytes: number): PlannedUnit[] {
  const ahead: PlannedUnit[] = [];
  let bytes = 0;
  for (const unit of units) {
    if (unit.endMs < atMs) continue;
    bytes += unit.domBytes;
    if (unit.startMs > atMs + mostMs || (bytes > mostBytes && ahead.length > 0)) break;
    ahead.push(unit);
  }
  return ahead;
}

export interface Range {
  kind: PlannedUnit["kind"];
  from: number;
  upto: number;
  bytes: number;
}

/** Return what one request fetches of units in order of seq: the first, and where it is of chunks, the chunks right after it. */
export function rangeOf(units: PlannedUnit[]): Range | null {
  const first = units[0];
  if (!first) return null;
  const range = { kind: first.kind, from: first.seq, upto: first.upto, bytes: first.domBytes };
  for (const unit of first.kind === "chunks" ? units.slice(1) : []) {
    if (unit.kind !== "chunks" || unit.seq !== range.upto) break;
    range.upto = unit.upto;
    range.bytes += unit.domBytes;
  }
  return range;
}
