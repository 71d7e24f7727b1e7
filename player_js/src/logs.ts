/** Which logs are still to be read, nearest to the playhead first. Pure. Times: server clock, ms. */
import type { StreamRow } from "./manifest";
import { covers } from "./pieces";

/** Logs in sum, as stored: hours of a busy page. Beyond it only what lies near the playhead is read. */
const MOST_BYTES = 16_000_000;
export const NEAR_MS = 120_000;

/** A segment's log, or those of consecutive chunks. */
export interface LogSpan {
  kind: "segment" | "chunks";
  stream: StreamRow;
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  bytes: number;
}

export class Logs {
  private readonly read = new Map<string, { seq: number; upto: number }[]>();
  private bytes = 0;
  /** There is more than may be held: only what lies near is read. */
  isBounded = false;

  /** Say that the logs of these seqs are in, or lost. */
  note(stream: string, seq: number, upto: number, bytes: number): void {
    const ranges = [...(this.read.get(stream) ?? []), { seq, upto }].sort((a, b) => a.seq - b.seq);
    this.read.set(stream, ranges);
    this.bytes += bytes;
  }

  /** Return what to read next, at most so far away. */
  next(streams: StreamRow[], atMs: number, mostMs = Infinity): LogSpan | null {
    const spans = streams.flatMap((stream) => this.unread(stream));
    let nearest: LogSpan | null = null;
    for (const span of spans) if (!nearest || away(span, atMs) < away(nearest, atMs)) nearest = span;
    if (!nearest || away(nearest, atMs) > mostMs) return null;
    this.isBounded = this.bytes > MOST_BYTES && away(nearest, atMs) > NEAR_MS;
    return this.isBounded ? null : nearest;
  }

  private unread(stream: StreamRow): LogSpan[] {
    const read = this.read.get(stream.id) ?? [];
    const isNew = (seq: number, upto: number): boolean => !covers(read, { seq, upto });
    const spans: LogSpan[] = [];
    for (const [seq, upto, startMs, endMs, , , bytes] of stream.segments) {
      if (bytes > 0 && isNew(seq, upto)) spans.push({ kind: "segment", stream, seq, upto, startMs, endMs, bytes });
    }
    const fresh = [...stream.chunks.map(([seq, startMs, endMs, , , bytes]) => [seq, seq + 1, startMs, endMs, bytes] as const),
      ...stream.unlisted.map(([seq, upto, startMs, endMs, , , bytes]) => [seq, upto, startMs, endMs, bytes] as const)];
    for (const [seq, upto, startMs, endMs, bytes] of fresh.sort((a, b) => a[0] - b[0])) {
      if (!isNew(seq, upto)) continue;
      const last = spans.at(-1);
      if (last?.kind === "chunks" && last.upto === seq) {
        last.upto = upto;
        last.endMs = Math.max(last.endMs, endMs);
        last.bytes += bytes;
      } else spans.push({ kind: "chunks", stream, seq, upto, startMs, endMs, bytes });
    }
    return spans;
  }
}

function away({ startMs, endMs }: LogSpan, atMs: number): number {
  return Math.max(0, startMs - atMs, atMs - endMs);
}
