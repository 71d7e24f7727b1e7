/**
 * One stream's events in time order: which of them lead from the frame on the stage to the frame at `t`.
 *
 * The reel keeps bytes, and parses them anew whenever it needs them: rrweb writes into the events that it is given, so an
 * event is handed out once. A move either goes on from the cursor or restarts, at a full snapshot or a segment's keyframe; both
 * end in the same frame. Whoever plays through a keyframe passes over it.
 */
import { put } from "../pieces";
import type { Broken, Unit } from "../stage-messages";
import { readDocument, type Told } from "./document";
import { isFullSnapshot, spreadMoves, Type, type RecordedEvent } from "./events";

/** A pointer position may lie this far before the event that carries it (rrweb gathers 500 ms). */
const LOOK_AHEAD_MS = 600;

const HOLE = -1;

export interface Move {
  restart: boolean;
  events: RecordedEvent[];
  /** Bytes are missing here, and nothing has shown the page since. */
  isBlind: boolean;
}

interface Held extends Unit {
  snapshotsMs: number[] | null; // known once parsed
}

interface Start {
  unit: Held;
  atMs: number;
  isKeyframe: boolean;
}

export class Reel {
  private units: Held[] = [];
  private queue: RecordedEvent[] = [];
  private nextSeq = 0;
  private cursorMs = -Infinity;
  private hasStarted = false;
  private isBlind = false;
  private blindSeq = 0; // of the hole that made it so
  private parsed: { unit: Held; told: Told } | null = null; // looked into, and not handed out
  private broken: Broken[] = [];

  constructor(private readonly parse = readDocument) {}

  /** Take units in any order; see `put` for what becomes of those that overlap. */
  add(units: Unit[]): void {
    for (const unit of units) {
      const before = this.units;
      this.units = put(before, { ...unit, snapshotsMs: null }, isHole);
      if (this.units !== before && unit.body !== null) this.noteReplaced(unit);
    }
  }

  /** Forget the frame on the stage; the next move restarts. */
  rewind(): void {
    this.hasStarted = false;
    this.cursorMs = -Infinity;
    this.queue = [];
  }

  /** Return the units found broken since this was asked last. */
  takeBroken(): Broken[] {
    return this.broken.splice(0);
  }

  /** Return the events that lead to the frame at `atMs`, or null while nothing can be shown. */
  move(atMs: number): Move | null {
    const start = this.startFor(atMs);
    if (!start) return null;
    const restart = this.mustRestart(start, atMs);
    const toMs = Math.max(atMs, start.atMs); // before the first snapshot there is nothing but it
    if (restart) this.restartAt(start);
    this.fill(toMs);
    const events = this.take(toMs);
    this.cursorMs = toMs;
    return { restart, events, isBlind: this.isBlind };
  }

  /** What the stage shows may have come from chunks of which only some were here, or without these bytes. */
  private noteReplaced(unit: Unit): void {
    const isAmidst = unit.seq < this.nextSeq && (this.nextSeq < unit.upto || this.isBlind);
    if (this.hasStarted && isAmidst) this.rewind();
  }

  private mustRestart(start: Start, atMs: number): boolean {
    if (!this.hasStarted || atMs < this.cursorMs || this.nextSeq < start.unit.seq || this.isLostAt(start, atMs)) return true;
    return !start.isKeyframe && start.atMs > this.cursorMs;
  }

  /** Say whether something is missing between what the stage shows and a start. */
  private isLostAt({ unit }: Start, atMs: number): boolean {
    const isMet = this.queue.some((event) => event.type === HOLE && event.timestamp <= atMs && (event.data as number) < unit.seq);
    return isMet || (this.isBlind && this.blindSeq < unit.seq);
  }

  private restartAt({ unit, atMs, isKeyframe }: Start): void {
    const told = this.open(unit);
    const recorded = sortByTime(spreadMoves(told?.recorded ?? []));
    if (isKeyframe) {
      // What was recorded after the keyframe changes it, whatever time it says.
      this.queue = [...(told?.keyframe ?? []).map((event) => at(event, atMs)), ...recorded.map((event) => at(event, Math.max(atMs, event.timestamp)))];
    } else {
      const shown = recorded.findLastIndex((event) => isFullSnapshot(event) && event.timestamp <= atMs);
      const meta = recorded.findLastIndex((event, index) => event.type === Type.Meta && index < shown);
      this.queue = recorded.slice(meta === -1 ? shown : meta);
    }
    this.nextSeq = unit.upto;
    this.hasStarted = true;
    this.isBlind = false;
  }

  /** The last full snapshot or keyframe at or before `atMs`; the stream's first one when there is none yet. */
  private startFor(atMs: number): Start | null {
    const candidates = this.units.filter((unit) => unit.body !== null && (unit.hasSnapshot || unit.keyframeEvents > 0));
    for (const unit of candidates.filter((each) => each.startMs <= atMs).reverse()) {
      const start = this.startsOf(unit).findLast((each) => each.atMs <= atMs);
      if (start) return start;
    }
    for (const unit of candidates) {
      const start = this.startsOf(unit)[0];
      if (start) return start;
    }
    return null;
  }

  private startsOf(unit: Held): Start[] {
    if (unit.snapshotsMs === null) this.look(unit);
    if (unit.body === null) return [];
    const shown = (unit.snapshotsMs ?? []).map((atMs) => ({ unit, atMs, isKeyframe: false }));
    return unit.keyframeEvents > 0 ? [{ unit, atMs: unit.keyframeMs, isKeyframe: true }, ...shown] : shown;
  }

  /** Parse a unit to know its snapshots; what is parsed is kept for whoever reads it next. */
  private look(unit: Held): void {
    const told = this.open(unit);
    if (told) this.parsed = { unit, told };
  }

  /** Return a unit's events, fresh; null when its bytes are missing or no document, which is then known. */
  private open(unit: Held): Told | null {
    const told = this.parsed?.unit === unit ? this.parsed.told : this.parse(unit);
    this.parsed = null;
    if (told === null && unit.body !== null) {
      unit.body = null;
      this.broken.push({ seq: unit.seq, upto: unit.upto });
    }
    unit.snapshotsMs = (told?.recorded ?? []).filter(isFullSnapshot).map((event) => event.timestamp);
    return told;
  }

  /** Return what a unit adds for whoever plays through it. A segment without a keyframe opens unseen: something was lost before. */
  private read(unit: Held): RecordedEvent[] {
    const told = this.open(unit);
    const recorded = sortByTime(spreadMoves(told?.recorded ?? []));
    if (told && (!unit.isSegment || unit.keyframeEvents > 0)) return recorded;
    return [{ type: HOLE, timestamp: Math.min(unit.startMs, recorded[0]?.timestamp ?? Infinity), data: unit.seq }, ...recorded];
  }

  private fill(toMs: number): void {
    for (const unit of this.units) {
      if (unit.seq < this.nextSeq) continue;
      if (unit.seq > this.nextSeq || unit.startMs > toMs + LOOK_AHEAD_MS) break;
      this.queue = sortByTime([...this.queue, ...this.read(unit)]);
      this.nextSeq = unit.upto;
    }
  }

  private take(toMs: number): RecordedEvent[] {
    let count = 0;
    while (count < this.queue.length && (this.queue[count]?.timestamp ?? Infinity) <= toMs) count += 1;
    return this.queue.splice(0, count).filter((event) => this.isPlayable(event));
  }

  /** After a hole only a full snapshot makes sense: what changes unknown nodes would leave a wrong page. */
  private isPlayable(event: RecordedEvent): boolean {
    if (event.type === HOLE) {
      this.isBlind = true;
      this.blindSeq = event.data as number;
    }
    if (isFullSnapshot(event)) this.isBlind = false;
    return event.type !== HOLE && (!this.isBlind || event.type === Type.Meta);
  }
}

function isHole(unit: Held): boolean {
  return unit.body === null;
}

function at(event: RecordedEvent, timestamp: number): RecordedEvent {
  return { ...event, timestamp };
}

function sortByTime(events: RecordedEvent[]): RecordedEvent[] {
  return events.sort((a, b) => a.timestamp - b.timestamp); // stable: what was recorded first stays first
}
