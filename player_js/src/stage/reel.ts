/**
 * One stream's events in time order: which of them lead from the frame on the stage to the frame at `t`.
 *
 * The reel keeps bytes, and parses them anew whenever it needs them: rrweb writes into the events that it is given, so an
 * event is handed out once. A move either goes on from the cursor or restarts at a full snapshot; both end in the same frame.
 */
import { isFullSnapshot, spreadMoves, Type, type RecordedEvent } from "./events";
import type { Unit } from "../stage-messages";
import { readDocument } from "./document";

/** A pointer position may lie this far before the event that carries it (rrweb gathers 500 ms). */
const LOOK_AHEAD_MS = 600;

const HOLE = -1;

export interface Move {
  restart: boolean;
  events: RecordedEvent[];
  /** Bytes are missing here, and no full snapshot has come since. */
  isBlind: boolean;
}

interface Held extends Unit {
  snapshotsMs: number[] | null; // known once parsed
}

interface Start {
  unit: Held;
  snapshotMs: number;
}

export class Reel {
  private units: Held[] = [];
  private queue: RecordedEvent[] = [];
  private nextSeq = 0;
  private cursorMs = -Infinity;
  private hasStarted = false;
  private isBlind = false;

  constructor(private readonly parse = readDocument) {}

  /** Take units in any order; the first to come for a seq stays, save that bytes replace a hole. */
  add(units: Unit[]): void {
    const known = new Map(this.units.map((unit) => [unit.seq, unit]));
    for (const unit of units) {
      const held = known.get(unit.seq);
      if (!held || (held.body === null && unit.body !== null)) known.set(unit.seq, { ...unit, snapshotsMs: null });
    }
    this.units = [...known.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Forget the frame on the stage; the next move restarts. */
  rewind(): void {
    this.hasStarted = false;
    this.cursorMs = -Infinity;
    this.queue = [];
  }

  /** Return the events that lead to the frame at `atMs`, or null while nothing can be shown. */
  move(atMs: number): Move | null {
    const start = this.startFor(atMs);
    if (!start) return null;
    const restart = !this.hasStarted || atMs < this.cursorMs || start.snapshotMs > this.cursorMs;
    const toMs = Math.max(atMs, start.snapshotMs); // before the first snapshot there is nothing but it
    if (restart) this.restartAt(start);
    this.fill(toMs);
    const events = this.take(toMs);
    this.cursorMs = toMs;
    return { restart, events, isBlind: this.isBlind };
  }

  private restartAt({ unit, snapshotMs }: Start): void {
    const events = this.read(unit);
    const at = events.findLastIndex((event) => isFullSnapshot(event) && event.timestamp <= snapshotMs);
    const meta = events.findLastIndex((event, index) => event.type === Type.Meta && index < at);
    const first = meta === -1 ? at : meta;
    this.queue = events.slice(first);
    this.nextSeq = unit.upto;
    this.hasStarted = true;
    this.isBlind = false;
  }

  /** The last full snapshot at or before `atMs`; the stream's first one when there is none yet. */
  private startFor(atMs: number): Start | null {
    const candidates = this.units.filter((unit) => unit.hasSnapshot && unit.body !== null);
    for (const unit of candidates.filter((each) => each.startMs <= atMs).reverse()) {
      const snapshotMs = this.snapshotsOf(unit).findLast((time) => time <= atMs);
      if (snapshotMs !== undefined) return { unit, snapshotMs };
    }
    for (const unit of candidates) {
      const snapshotMs = this.snapshotsOf(unit)[0];
      if (snapshotMs !== undefined) return { unit, snapshotMs };
    }
    return null;
  }

  private snapshotsOf(unit: Held): number[] {
    if (unit.snapshotsMs === null) this.read(unit);
    return unit.snapshotsMs ?? [];
  }

  private read(unit: Held): RecordedEvent[] {
    const events = (unit.body && this.parse(unit.body, unit.form)) ?? [{ type: HOLE, timestamp: unit.startMs, data: null }];
    unit.snapshotsMs = events.filter(isFullSnapshot).map((event) => event.timestamp);
    return sortByTime(spreadMoves(events));
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
    if (event.type === HOLE) this.isBlind = true;
    if (isFullSnapshot(event)) this.isBlind = false;
    return event.type !== HOLE && (!this.isBlind || event.type === Type.Meta);
  }
}

function sortByTime(events: RecordedEvent[]): RecordedEvent[] {
  return events.sort((a, b) => a.timestamp - b.timestamp); // stable: what was recorded first stays first
}
