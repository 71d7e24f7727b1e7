/**
 * Bytes: what the moment needs first, then the logs, then what comes next. Never the DOM.
 *
 * One request at a time; a new target cancels what is under way if that serves another purpose. Units go to `sinks.units`
 * once each, missing ones as holes, log events to `sinks.log` once each.
 */
import { inflate } from "../../recorder_js/src/wire/codec";
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { Codec } from "../../recorder_js/src/wire/frames";
import { MAX_DOM_RAW_BYTES, MAX_LOG_RAW_BYTES, MAX_PARTS_RAW_BYTES } from "../../recorder_js/src/wire/limits";
import { parseRecords, type BodyRecord } from "../../recorder_js/src/wire/records";
import type { ChunkBytes } from "./api";
import type { StreamRow } from "./manifest";
import { neededUnits, rangesOf, unitsAhead, type PlannedUnit } from "./plan";
import type { Form, Unit } from "./stage-messages";
import type { Timeline } from "./timeline";

/** Kept ahead of the moment: enough for 16× over a slow answer, little enough to stay light. */
const AHEAD_MS = 60_000;
const AHEAD_BYTES = 4_000_000;
const RETRY_MS = 1_500;
const MAX_RETRIES = 4;

export interface Sinks {
  units(stream: StreamRow, units: Unit[]): void;
  log(stream: StreamRow, events: LogEvent[]): void;
  /** Something new has arrived. */
  fed(): void;
  failed(error: unknown): void;
}

type Fetcher = (stream: string, body: "dom" | "log", from: number, upto: number, signal: AbortSignal) => Promise<ChunkBytes>;

interface Job {
  purpose: "need" | "log" | "ahead";
  stream: StreamRow;
  from: number;
  upto: number;
}

export class Loader {
  private timeline: Timeline | null = null;
  private target: { stream: StreamRow; atMs: number } | null = null;
  private readonly delivered = new Map<string, Set<number>>();
  private readonly logged = new Map<string, number>(); // seqs below are in
  private running: { job: Job; abort: AbortController } | null = null;
  private retries = 0;
  private isFirstFrameOut = false;
  private isStopped = false;

  constructor(
    private readonly fetchChunks: Fetcher,
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
    return this.lacking(neededUnits(this.unitsOf(stream), atMs), stream.id).length === 0;
  }

  /** How far from `atMs` the stream can be shown without another byte. */
  readyUntil(stream: StreamRow, atMs: number): number {
    const units = this.unitsOf(stream).filter((unit) => unit.endMs >= atMs);
    const lacking = units.find((unit) => !this.has(stream.id, unit.seq));
    return lacking ? Math.max(atMs, lacking.startMs) : stream.end_ms;
  }

  retry(): void {
    this.retries = 0;
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
      this.retries = 0;
    } catch (error) {
      if (!running.abort.signal.aborted) await this.stumble(error);
    } finally {
      this.running = null;
    }
    if (this.retries <= MAX_RETRIES) void this.pump();
  }

  private async stumble(error: unknown): Promise<void> {
    this.retries += 1;
    if (this.retries > MAX_RETRIES) return this.sinks.failed(error);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * this.retries));
  }

  private nextJob(): Job | null {
    if (!this.timeline || !this.target) return null;
    const { stream, atMs } = this.target;
    const units = this.unitsOf(stream);
    const needed = this.domJob("need", stream, neededUnits(units, atMs));
    if (needed || !this.isFirstFrameOut) return needed;
    return (
      this.logJob() ??
      this.domJob("ahead", stream, unitsAhead(units, atMs, AHEAD_MS, AHEAD_BYTES)) ??
      this.nextStreamJob(atMs)
    );
  }

  private domJob(purpose: "need" | "ahead", stream: StreamRow, units: PlannedUnit[]): Job | null {
    const range = rangesOf(this.lacking(units, stream.id))[0];
    return range ? { purpose, stream, from: range[0], upto: range[1] } : null;
  }

  private logJob(): Job | null {
    for (const stream of this.timeline?.manifest.streams ?? []) {
      const from = this.logged.get(stream.id) ?? 0;
      const upto = Math.max(0, ...stream.chunks.map((chunk) => chunk[0] + 1));
      if (from < upto) return { purpose: "log", stream, from, upto };
    }
    return null;
  }

  /** The page that comes after this one opens without waiting. */
  private nextStreamJob(atMs: number): Job | null {
    const soon = this.timeline?.manifest.streams.find((stream) => stream.start_ms > atMs);
    if (!soon || soon.start_ms > atMs + AHEAD_MS) return null;
    return this.domJob("ahead", soon, unitsAhead(this.unitsOf(soon), soon.start_ms, 5_000, AHEAD_BYTES));
  }

  private async run(job: Job, signal: AbortSignal): Promise<void> {
    const body = job.purpose === "log" ? "log" : "dom";
    let seq = job.from;
    let records: BodyRecord[] = [];
    while (seq < job.upto) {
      const answer = await this.fetchChunks(job.stream.id, body, seq, job.upto, signal);
      seq = answer.nextSeq;
      const parsed = parseRecords(answer.bytes);
      if (body === "log") await this.deliverLog(job.stream, parsed, seq);
      else records = await this.deliverDom(job.stream, job.from, seq, [...records, ...parsed]);
      this.sinks.fed();
    }
  }

  /** Hand on every unit that is whole; return the records that still wait for the rest of their event. */
  private async deliverDom(stream: StreamRow, from: number, upto: number, records: BodyRecord[]): Promise<BodyRecord[]> {
    const whole = this.unitsOf(stream).filter((unit) => unit.seq >= from && unit.upto <= upto);
    const bySeq = new Map(records.map((record) => [record.seq, record]));
    const units = this.lacking(whole, stream.id).map(async (unit) => {
      const parts = Array.from({ length: unit.upto - unit.seq }, (_, index) => bySeq.get(unit.seq + index));
      return toUnit(unit, await joined(parts), stream.clock_offset_ms);
    });
    this.hand(stream, await Promise.all(units));
    return records.filter((record) => !whole.some((unit) => unit.seq <= record.seq && record.seq < unit.upto));
  }

  private async deliverLog(stream: StreamRow, records: BodyRecord[], upto: number): Promise<void> {
    const events: LogEvent[] = [];
    for (const record of records) events.push(...(await logEvents(record)));
    this.logged.set(stream.id, upto);
    if (events.length > 0) this.sinks.log(stream, events);
  }

  private deliverHoles(): void {
    for (const stream of this.timeline?.manifest.streams ?? []) {
      const holes = this.lacking(this.unitsOf(stream).filter((unit) => unit.isMissing), stream.id);
      this.hand(stream, holes.map((hole) => toUnit(hole, LOST, stream.clock_offset_ms)));
    }
  }

  private hand(stream: StreamRow, units: Unit[]): void {
    if (units.length === 0) return;
    const seqs = this.delivered.get(stream.id) ?? new Set();
    for (const unit of units) seqs.add(unit.seq);
    this.delivered.set(stream.id, seqs);
    this.sinks.units(stream, units);
  }

  private unitsOf(stream: StreamRow): PlannedUnit[] {
    return this.timeline?.unitsOf(stream.id) ?? [];
  }

  private has(stream: string, seq: number): boolean {
    return this.delivered.get(stream)?.has(seq) ?? false;
  }

  private lacking(units: PlannedUnit[], stream: string): PlannedUnit[] {
    return units.filter((unit) => !this.has(stream, unit.seq));
  }
}

/** The joined bytes of a unit. */
interface Document {
  form: Form;
  body: ArrayBuffer | null; // null: missing, or it does not decode
}

const LOST: Document = { form: "json", body: null };

/** A planned unit with its bytes, on the stream's clock. */
function toUnit({ seq, upto, startMs, endMs, hasSnapshot }: PlannedUnit, { form, body }: Document, offsetMs: number): Unit {
  return { seq, upto, startMs: startMs - offsetMs, endMs: endMs - offsetMs, hasSnapshot, form, body };
}

const COLUMNS = new Set<number>([Codec.columns, Codec.columnsGzip]);

/** Join the parts of one document. */
async function joined(parts: (BodyRecord | undefined)[]): Promise<Document> {
  try {
    const pieces: Uint8Array[] = [];
    const forms = new Set<Form>();
    for (const part of parts) {
      if (!part || part.codec === Codec.missing) return LOST;
      pieces.push(await inflate(part.codec, part.body, MAX_DOM_RAW_BYTES));
      forms.add(COLUMNS.has(part.codec) ? "columns" : "json");
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const [form = "json", other] = forms;
    if (length > MAX_PARTS_RAW_BYTES || other) return LOST;
    if (length === 0) return { form: "json", body: new TextEncoder().encode("[]").buffer };
    return { form, body: await new Blob(pieces as BlobPart[]).arrayBuffer() };
  } catch {
    return LOST;
  }
}

async function logEvents(record: BodyRecord): Promise<LogEvent[]> {
  if (record.codec === Codec.missing || record.codec === Codec.empty) return [];
  try {
    const raw = await inflate(record.codec, record.body, MAX_LOG_RAW_BYTES);
    const events: unknown = JSON.parse(new TextDecoder().decode(raw));
    return Array.isArray(events) ? (events as LogEvent[]) : [];
  } catch {
    return []; // the gap row of this chunk's log says so
  }
}
