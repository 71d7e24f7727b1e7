/**
 * Bytes: what the moment needs first, then the logs near it, then what comes next, then all other logs. Never the DOM.
 *
 * One request at a time; a new target cancels what is under way if that serves another purpose. Units go to `sinks.units`
 * once each, missing ones as holes, log events to `sinks.log`. Chunks may become segments at any time: then the manifest is read
 * again, and what is here already is not asked for twice.
 */
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { Codec } from "../../recorder_js/src/wire/frames";
import { parseRecords, type BodyRecord } from "../../recorder_js/src/wire/records";
import { ApiError, type Bytes, type ChunkBytes, type ChunkRows } from "./api";
import { found, joined, logOfBytes, logOfRecord, lost, toUnit, type Document } from "./bodies";
import { Logs, NEAR_MS } from "./logs";
import type { ChunkRow, StreamRow } from "./manifest";
import { covers, put } from "./pieces";
import { makesFrame, neededUnits, rangeOf, unitsAhead, type PlannedUnit } from "./plan";
import type { Unit } from "./stage-messages";
import type { Timeline } from "./timeline";

/** Kept ahead of the moment: enough for 16× over a slow answer, little enough to stay light. */
const AHEAD_MS = 60_000;
const AHEAD_BYTES = 4_000_000;
const RETRY_MS = 1_500;
const MAX_RETRIES = 4;
/** So often in a row may chunks have moved before that is called a failure. */
const MAX_MOVES = 5;

export interface Source {
  chunks(stream: string, body: "dom" | "log", from: number, upto: number, signal: AbortSignal): Promise<ChunkBytes>;
  segment(stream: string, firstSeq: number, body: "dom" | "log", signal: AbortSignal): Promise<Bytes>;
  rows(stream: string, from: number, upto: number, signal: AbortSignal): Promise<ChunkRows>;
  /** Read the manifest again, and tell the loader by `update`. */
  reload(): Promise<void>;
}

export interface Lost {
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  reason: string;
  body: "dom" | "log";
}

export interface Sinks {
  units(stream: StreamRow, units: Unit[]): void;
  log(stream: StreamRow, events: LogEvent[]): void;
  /** Chunks that the manifest did not list one by one. */
  rows(stream: StreamRow, rows: ChunkRow[]): void;
  /** Bytes that should be there are not. */
  lost(stream: StreamRow, lost: Lost): void;
  /** Something new has arrived. */
  fed(): void;
  failed(error: unknown): void;
}

interface Job {
  purpose: "need" | "log" | "ahead";
  kind: "segment" | "chunks" | "unlisted";
  stream: StreamRow;
  from: number;
  upto: number;
  units: PlannedUnit[]; // of the whole stream, as planned when the job began
  bytes: number;
}

/** Chunks have become a segment since the manifest was read. */
class Moved extends Error {
  override name = "Moved";
}

export class Loader {
  private timeline: Timeline | null = null;
  private target: { stream: StreamRow; atMs: number } | null = null;
  private readonly held = new Map<string, PlannedUnit[]>();
  private readonly logs = new Logs();
  private running: { job: Job; abort: AbortController } | null = null;
  private retries = 0;
  private moves = 0;
  private isFirstFrameOut = false;
  private isStopped = false;

  constructor(
    private readonly source: Source,
    private readonly sinks: Sinks,
  ) {}

  update(timeline: Timeline): void {
    this.timeline = timeline;
    void this.pump();
  }

  /** Say where the playhead is; what this moment needs comes before all else. */
  aim(stream: StreamRow, atMs: number): void {
    this.target = { stream, atMs };
    if (this.running && this.running.job.purpose !== "need" && !this.isReady(stream, atMs)) this.running.abort.abort();
    void this.pump();
  }

  /** The first frame is out: now for everything else. */
  release(): void {
    if (this.isFirstFrameOut) return;
    this.isFirstFrameOut = true;
    void this.pump();
  }

  isReady(stream: StreamRow, atMs: number): boolean {
    return this.needed(stream, atMs).length === 0;
  }

  /** How far from `atMs` the stream can be shown without another byte. */
  readyUntil(stream: StreamRow, atMs: number): number {
    const units = this.unitsOf(stream).filter((unit) => unit.endMs >= atMs);
    const lacking = units.find((unit) => !this.has(stream.id, unit));
    return lacking ? Math.max(atMs, lacking.startMs) : stream.end_ms;
  }

  /** There are more logs than may be held: those far from the playhead are left out. */
  get isLogBounded(): boolean {
    return this.logs.isBounded;
  }

  retry(): void {
    this.retries = 0;
    this.moves = 0;
    void this.pump();
  }

  stop(): void {
    this.isStopped = true;
    this.running?.abort.abort();
  }

  private async pump(): Promise<void> {
    if (this.running || this.isStopped) return;
    this.deliverHoles();
    const job = this.nextJob();
    if (!job) return;
    const running = { job, abort: new AbortController() };
    this.running = running;
    try {
      await this.run(job, running.abort.signal);
      this.retries = this.moves = 0;
    } catch (error) {
      if (!running.abort.signal.aborted) await (error instanceof Moved ? this.reread(error) : this.stumble(error));
    } finally {
      this.running = null;
    }
    if (this.retries <= MAX_RETRIES && this.moves <= MAX_MOVES) void this.pump();
  }

  private async reread(error: Moved): Promise<void> {
    this.moves += 1;
    if (this.moves > MAX_MOVES) return this.sinks.failed(error);
    await this.source.reload().catch((failure: unknown) => this.stumble(failure));
  }

  private async stumble(error: unknown): Promise<void> {
    this.retries += 1;
    if (this.retries > MAX_RETRIES) return this.sinks.failed(error);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * this.retries));
  }

  private nextJob(): Job | null {
    if (!this.timeline || !this.target) return null;
    const { stream, atMs } = this.target;
    const needed = this.domJob("need", stream, this.needed(stream, atMs));
    if (needed || !this.isFirstFrameOut) return needed;
    return (
      this.logJob(atMs, NEAR_MS) ??
      this.domJob("ahead", stream, unitsAhead(this.unitsOf(stream), atMs, AHEAD_MS, AHEAD_BYTES)) ??
      this.nextStreamJob(atMs) ??
      this.logJob(atMs, Infinity)
    );
  }

  private domJob(purpose: "need" | "ahead", stream: StreamRow, units: PlannedUnit[]): Job | null {
    const range = rangeOf(this.lacking(units, stream.id));
    return range && { purpose, stream, ...range, units: this.unitsOf(stream) };
  }

  private logJob(atMs: number, mostMs: number): Job | null {
    const span = this.logs.next(this.timeline?.manifest.streams ?? [], atMs, mostMs);
    return span && { purpose: "log", kind: span.kind, stream: span.stream, from: span.seq, upto: span.upto, units: [], bytes: span.bytes };
  }

  /** The page that comes after this one opens without waiting. */
  private nextStreamJob(atMs: number): Job | null {
    const soon = this.timeline?.manifest.streams.find((stream) => stream.start_ms > atMs);
    if (!soon || soon.start_ms > atMs + AHEAD_MS) return null;
    return this.domJob("ahead", soon, unitsAhead(this.unitsOf(soon), soon.start_ms, 5_000, AHEAD_BYTES));
  }

  private run(job: Job, signal: AbortSignal): Promise<void> {
    if (job.kind === "unlisted") return this.runRows(job, signal);
    if (job.kind === "segment") return this.runSegment(job, signal);
    return this.runChunks(job, signal);
  }

  private async runRows({ stream, from, upto }: Job, signal: AbortSignal): Promise<void> {
    const rows: ChunkRow[] = [];
    for (let seq = from; seq < upto; ) {
      const answer = await this.source.rows(stream.id, seq, upto, signal);
      if (answer.segmented_upto > from) throw new Moved();
      rows.push(...answer.chunks);
      seq = Math.max(seq + 1, answer.next_seq);
    }
    this.sinks.rows(stream, rows);
  }

  private async runSegment(job: Job, signal: AbortSignal): Promise<void> {
    const body = job.purpose === "log" ? "log" : "dom";
    const document = await this.segment(job.stream, job.from, body, signal);
    if (body === "log") {
      const events = document.body ? logOfBytes(new Uint8Array(document.body)) : document.reason;
      this.deliverLog(job, job.from, job.upto, events);
      this.logs.note(job.stream.id, job.from, job.upto, job.bytes);
    } else this.hand(job.stream, job.units.filter((unit) => unit.seq === job.from).map((unit) => [unit, document]));
    this.sinks.fed();
  }

  private async segment(stream: StreamRow, firstSeq: number, body: "dom" | "log", signal: AbortSignal): Promise<Document> {
    try {
      const { form, bytes } = await this.source.segment(stream.id, firstSeq, body, signal);
      return found(form, bytes);
    } catch (error) {
      if (error instanceof ApiError && error.code === "missing_bytes") return lost("missing_bytes");
      if (error instanceof ApiError && error.code === "not_found") throw new Moved();
      throw error;
    }
  }

  private async runChunks(job: Job, signal: AbortSignal): Promise<void> {
    const body = job.purpose === "log" ? "log" : "dom";
    let seq = job.from;
    let waiting: BodyRecord[] = [];
    while (seq < job.upto) {
      const from = seq;
      const answer = await this.source.chunks(job.stream.id, body, seq, job.upto, signal);
      const records = parseRecords(answer.bytes);
      if (records.some((record) => record.codec === Codec.segmented)) throw new Moved();
      seq = answer.nextSeq;
      if (body === "log") {
        for (const record of records) this.deliverLog(job, record.seq, record.seq + 1, await logOfRecord(record));
        this.logs.note(job.stream.id, from, seq, (job.bytes * (seq - from)) / (job.upto - job.from));
      } else waiting = await this.deliverChunks(job, seq, [...waiting, ...records]);
      this.sinks.fed();
    }
  }

  /** Hand on every unit that is whole; return the records that still wait for the rest of their event. */
  private async deliverChunks({ stream, from, units }: Job, upto: number, records: BodyRecord[]): Promise<BodyRecord[]> {
    const whole = units.filter((unit) => unit.kind === "chunks" && unit.seq >= from && unit.upto <= upto);
    const bySeq = new Map(records.map((record) => [record.seq, record]));
    const documents = this.lacking(whole, stream.id).map(async (unit): Promise<[PlannedUnit, Document]> => {
      const parts = Array.from({ length: unit.upto - unit.seq }, (_, index) => bySeq.get(unit.seq + index));
      return [unit, await joined(parts)];
    });
    this.hand(stream, await Promise.all(documents));
    return records.filter((record) => !whole.some((unit) => unit.seq <= record.seq && record.seq < unit.upto));
  }

  private deliverLog({ stream }: Job, seq: number, upto: number, events: LogEvent[] | string): void {
    if (typeof events !== "string") {
      if (events.length > 0) this.sinks.log(stream, events);
      return;
    }
    const rows = [...stream.segments.map(([first, , start, end]) => [first, start, end]), ...stream.chunks.map(([first, start, end]) => [first, start, end])];
    const [, startMs = stream.start_ms, endMs = stream.end_ms] = rows.find(([first]) => first === seq) ?? [];
    this.sinks.lost(stream, { seq, upto, startMs, endMs, reason: events, body: "log" });
  }

  private deliverHoles(): void {
    for (const stream of this.timeline?.manifest.streams ?? []) {
      const holes = this.lacking(this.unitsOf(stream).filter((unit) => unit.isMissing), stream.id);
      this.hand(stream, holes.map((hole) => [hole, lost(hole.reason)]));
    }
  }

  private hand(stream: StreamRow, documents: [PlannedUnit, Document][]): void {
    if (documents.length === 0) return;
    let held = this.held.get(stream.id) ?? [];
    for (const [unit, { body }] of documents) held = put(held, { ...unit, isMissing: body === null }, (each) => each.isMissing);
    this.held.set(stream.id, held);
    this.sinks.units(stream, documents.map(([unit, document]) => toUnit(unit, document, stream.clock_offset_ms)));
    for (const [unit, { body, reason }] of documents) {
      if (body !== null || unit.isMissing) continue;
      const { seq, upto, startMs, endMs } = unit;
      this.sinks.lost(stream, { seq, upto, startMs, endMs, reason, body: "dom" });
    }
  }

  private unitsOf(stream: StreamRow): PlannedUnit[] {
    return this.timeline?.unitsOf(stream.id) ?? [];
  }

  /** What the frame at a moment needs and is not here; nothing when what is here makes it in another cut. */
  private needed(stream: StreamRow, atMs: number): PlannedUnit[] {
    const units = this.unitsOf(stream);
    const lacking = this.lacking(neededUnits(units, atMs), stream.id);
    return lacking.length > 0 && makesFrame(this.held.get(stream.id) ?? [], units, atMs) ? [] : lacking;
  }

  private has(stream: string, unit: PlannedUnit): boolean {
    return covers(this.held.get(stream) ?? [], unit);
  }

  private lacking(units: PlannedUnit[], stream: string): PlannedUnit[] {
    return units.filter((unit) => !this.has(stream, unit));
  }
}
