/** Which chunks make which frame: pure planning, no bytes. Times: server clock, ms. */
import { Flag } from "../../recorder_js/src/wire/frames";
import type { GapRow, StreamRow } from "./manifest";

/** Pointer positions lie up to this far before the chunk's event that carries them. */
const POINTER_LOOK_AHEAD_MS = 600;

/** One chunk, the chunks of one event in parts, or a span of seqs whose bytes are missing. */
export interface PlannedUnit {
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  hasSnapshot: boolean;
  isMissing: boolean;
  domBytes: number;
}

/** Return a stream's units in order of seq; parts whose end is still to come are left out. */
export function unitsOf(stream: StreamRow, gaps: GapRow[]): PlannedUnit[] {
  const missing = gaps.filter((gap) => gap.stream === stream.id && gap.body !== "log").map(gapUnit);
  const isMissing = (seq: number): boolean => missing.some((unit) => unit.seq <= seq && seq < unit.upto);
  const chunks = [...stream.chunks].sort((a, b) => a[0] - b[0]).filter(([seq]) => !isMissing(seq));
  const units = [...missing];
  for (let index = 0; index < chunks.length; ) {
    const [seq, , , , , , , partCount] = chunks[index] as StreamRow["chunks"][number];
    const parts = chunks.slice(index, index + Math.max(1, partCount)).filter(([each], i) => each === seq + i);
    const isWhole = parts.length === Math.max(1, partCount);
    const isStillComing = !isWhole && index + parts.length === chunks.length;
    if (!isStillComing) units.push(chunkUnit(parts, isWhole));
    index += parts.length;
  }
  return units.sort((a, b) => a.seq - b.seq);
}

function gapUnit(gap: GapRow): PlannedUnit {
  const { first_seq, last_seq, start_ms, end_ms } = gap;
  const span = { seq: first_seq, upto: last_seq + 1, startMs: start_ms, endMs: end_ms };
  return { ...span, hasSnapshot: false, isMissing: true, domBytes: 0 };
}

function chunkUnit(parts: StreamRow["chunks"], isWhole: boolean): PlannedUnit {
  const flags = parts.reduce((all, part) => all | part[3], 0);
  const isGap = (flags & Flag.gap) !== 0;
  return {
    seq: Math.min(...parts.map((part) => part[0])),
    upto: Math.max(...parts.map((part) => part[0])) + 1,
    startMs: Math.min(...parts.map((part) => part[1])),
    endMs: Math.max(...parts.map((part) => part[2])),
    hasSnapshot: (flags & Flag.snapshot) !== 0,
    isMissing: isGap || !isWhole || parts[0]?.[6] !== 0,
    domBytes: parts.reduce((sum, part) => sum + part[4], 0),
  };
}

/** Return the units that the frame at `atMs` needs: from its full snapshot to the moment. */
export function neededUnits(units: PlannedUnit[], atMs: number): PlannedUnit[] {
  if (units.length === 0) return [];
  const isStart = (unit: PlannedUnit): boolean => unit.hasSnapshot && !unit.isMissing;
  let first = units.findLastIndex((unit) => isStart(unit) && unit.startMs <= atMs);
  const own = units[first];
  if (own && atMs < own.endMs) {
    // The moment lies inside the chunk of the snapshot, perhaps before it: then the one before it is needed too.
    const before = units.slice(0, first).findLastIndex(isStart);
    if (before !== -1) first = before;
  }
  if (first === -1) first = Math.max(0, units.findIndex(isStart));
  const after = units.findIndex((unit, index) => index > first && unit.startMs > atMs + POINTER_LOOK_AHEAD_MS);
  return units.slice(first, after === -1 ? undefined : after);
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

/** Fold seqs to fetch into ranges [from, upto). */
export function rangesOf(units: { seq: number; upto: number }[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { seq, upto } of units) {
    const last = ranges.at(-1);
    if (last && last[1] === seq) last[1] = upto;
    else ranges.push([seq, upto]);
  }
  return ranges;
}
