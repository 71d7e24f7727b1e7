/** The whole session on one line: who is on show when, what is missing, where nothing happens. Pure; server clock, ms. */
import type { Manifest, StreamRow } from "./manifest";
import { canStart, unitsOf, type PlannedUnit } from "./plan";

/** Shorter rests are part of using a page. */
const IDLE_MS = 8_000;
/** Around anything that a person does, this much is not idle: one wants to see it come and settle. */
const BEFORE_MS = 1_500;
const AFTER_MS = 3_000;

export interface Span {
  startMs: number;
  endMs: number;
}

export interface GapSpan extends Span {
  stream: string;
  reason: string;
}

interface Focus {
  atMs: number;
  stream: StreamRow;
}

const PERSON_DID = new Set(["click", "rage_click", "submit"]);

export class Timeline {
  readonly startMs: number;
  readonly endMs: number;
  readonly idle: Span[];
  readonly gaps: GapSpan[];
  private readonly focuses: Focus[];
  private readonly units = new Map<string, PlannedUnit[]>();

  /** `looked` adds what the manifest cannot know: at that moment that stream was being looked at, for a link says so. */
  constructor(
    readonly manifest: Manifest,
    looked: { atMs: number; stream: string }[] = [],
  ) {
    this.startMs = manifest.start_ms;
    this.endMs = Math.max(manifest.end_ms, manifest.start_ms + 1, ...looked.map((look) => look.atMs));
    for (const stream of manifest.streams) this.units.set(stream.id, unitsOf(stream, manifest.gaps));
    this.focuses = focusesOf(manifest, looked);
    this.gaps = manifest.streams.flatMap((stream) => this.gapsOf(stream));
    this.idle = idleSpans(this.startMs, this.endMs, busySpans(manifest));
  }

  get durationMs(): number {
    return this.endMs - this.startMs;
  }

  unitsOf(stream: string): PlannedUnit[] {
    return this.units.get(stream) ?? [];
  }

  clamp(ms: number): number {
    return Math.min(this.endMs, Math.max(this.startMs, ms));
  }

  /** The stream on show: the newest of the pinned window, or of the window that was last used. */
  streamAt(atMs: number, pinnedWindow: string | null = null): StreamRow | null {
    const window = pinnedWindow ?? this.focusAt(atMs)?.stream.window;
    const streams = this.manifest.streams.filter((stream) => stream.window === window);
    return streams.findLast((stream) => stream.start_ms <= atMs) ?? streams[0] ?? this.manifest.streams[0] ?? null;
  }

  gapAt(atMs: number, stream: string): GapSpan | null {
    return this.gaps.find((gap) => gap.stream === stream && gap.startMs <= atMs && atMs < gap.endMs) ?? null;
  }

  idleAt(atMs: number): Span | null {
    return this.idle.find((span) => span.startMs <= atMs && atMs < span.endMs) ?? null;
  }

  private focusAt(atMs: number): Focus | null {
    return this.focuses.findLast((focus) => focus.atMs <= atMs) ?? this.focuses[0] ?? null;
  }

  /** A gap lasts until the page is shown anew: what lies between changes a page that is not known. */
  private gapsOf(stream: StreamRow): GapSpan[] {
    const units = this.unitsOf(stream.id);
    const spans: GapSpan[] = [];
    for (const [index, unit] of units.entries()) {
      if (!unit.isMissing) continue;
      const healing = units.slice(index).find((each) => canStart(each));
      const endMs = healing ? (healing.keyframeEvents > 0 ? healing.keyframeMs : healing.startMs) : Math.max(stream.end_ms, unit.endMs);
      const last = spans.at(-1);
      if (last && unit.startMs < last.endMs) last.endMs = Math.max(last.endMs, endMs);
      else spans.push({ stream: stream.id, startMs: unit.startMs, endMs, reason: unit.reason || "not_arrived" });
    }
    return spans;
  }
}

function focusesOf(manifest: Manifest, looked: { atMs: number; stream: string }[]): Focus[] {
  const byId = new Map(manifest.streams.map((stream) => [stream.id, stream]));
  const focuses: Focus[] = manifest.streams.map((stream) => ({ atMs: stream.start_ms, stream }));
  for (const { kind, at_ms, stream: id } of manifest.moments) {
    const stream = byId.get(id);
    if (stream && PERSON_DID.has(kind)) focuses.push({ atMs: at_ms, stream });
  }
  for (const { atMs, stream: id } of looked) {
    const stream = byId.get(id);
    if (stream) focuses.push({ atMs, stream });
  }
  return focuses.sort((a, b) => a.atMs - b.atMs);
}

function busySpans(manifest: Manifest): Span[] {
  const { bucket_ms, counts } = manifest.activity;
  const points = [...manifest.moments.map((moment) => moment.at_ms), ...manifest.streams.map((stream) => stream.start_ms)];
  const spans = points.map((at) => ({ startMs: at - BEFORE_MS, endMs: at + AFTER_MS }));
  for (const [index, count] of counts.entries()) {
    const startMs = manifest.session.started_at_ms + index * bucket_ms;
    if (count > 0) spans.push({ startMs, endMs: startMs + bucket_ms });
  }
  return spans.sort((a, b) => a.startMs - b.startMs);
}

/** Return what the busy spans (in order) leave out of the session, where that is long enough to be worth skipping. */
export function idleSpans(startMs: number, endMs: number, busy: Span[]): Span[] {
  const idle: Span[] = [];
  let quietFrom = startMs;
  for (const span of [...busy, { startMs: endMs, endMs }]) {
    if (span.startMs - quietFrom >= IDLE_MS) idle.push({ startMs: quietFrom, endMs: Math.min(span.startMs, endMs) });
    quietFrom = Math.max(quietFrom, span.endMs);
  }
  return idle;
}
