/** Sends what dead pages of this origin left in the spool: one page at a time, by POST, under the numbers that it has. */
import { gapAt, gapFor } from "../gap";
import { hasLocks, withLock } from "../lib/locks";
import { remedyFor } from "../wire/errors";
import { BadFrame, Flag, parseFrame, serializeControl, type Frame } from "../wire/frames";
import { MAX_BEACON_BYTES, MAX_BEACON_FRAMES } from "../wire/limits";
import { isOld, leftovers, lockOf, seemsDead, type Spooled, type StreamRow } from "./policy";
import type { SpoolStore } from "./store";

const DRAIN_LOCK = "playhead_drain";
const POST_BYTES = 0.45 * MAX_BEACON_BYTES; // with one chunk more, the hello and the lengths it stays below
const LATE_MS = 60_000; // what a page sent while it went has arrived by then, or never will

/** Posts frames; resolves to the answer's, or null where none came. */
export type Post = (host: string, frames: Uint8Array[]) => Promise<Uint8Array[] | null>;

export interface DrainerOptions {
  spool: SpoolStore;
  host: string;
  own: ReadonlySet<string>;
  post: Post;
  now: () => number; // wall clock
}

interface Answered {
  upto: number; // the server has all below; −1: it does not say
  isGone: boolean; // it will never take this stream
  isRefused: boolean; // it will never take some of these bytes: others are in their place now
  afterMs: number;
}

type Wait = number | null; // how long to leave the server alone; null: all is sent

function read(frames: readonly Uint8Array[]): Frame[] {
  return frames.flatMap((bytes) => {
    try {
      return [parseFrame(bytes)];
    } catch (error) {
      if (error instanceof BadFrame) return [];
      throw error;
    }
  });
}

/** Take in an answer; refused chunks become gaps in place. */
function take(frames: readonly Frame[], chunks: Spooled[]): Answered {
  const answered: Answered = { upto: -1, isGone: false, isRefused: false, afterMs: 0 };
  for (const { kind, body } of frames) {
    if (kind === "welcome") answered.upto = Math.max(answered.upto, body.next_seq);
    else if (kind === "ack") answered.upto = Math.max(answered.upto, body.upto);
    else if (kind === "goaway") {
      const remedy = remedyFor(body.code, "goaway", !body.retry);
      answered.afterMs = body.after_ms || 0;
      answered.isGone = remedy === "stop" || remedy === "new_session";
    } else if (kind === "nack") {
      const one = chunks.find((chunk) => chunk.seq === body.seq);
      const remedy = remedyFor(body.code, "nack", body.permanent);
      if (!one || remedy === "resend" || remedy === "reconnect") continue;
      answered.isRefused = true;
      const isFinal = one.flags & Flag.gap || remedy === "drop" || remedy === "new_stream"; // the server has its own under this number
      one.bytes = isFinal ? new Uint8Array() : gapFor(one, body.code);
      one.flags |= Flag.gap;
    }
  }
  return answered;
}

/** What a dead page lost between what the server has and what is here. */
function fill(row: StreamRow, from: number, first: Spooled): Spooled[] {
  const gaps: Spooled[] = [];
  const atMs = first.at + row.skewMs;
  for (let seq = from; seq < first.seq && gaps.length < MAX_BEACON_FRAMES - 1; seq++) {
    gaps.push({ seq, bytes: gapAt(row.hello.session, row.stream, seq, atMs, "never_arrived"), flags: Flag.gap, at: first.at });
  }
  return gaps;
}

async function drainStream({ spool, post, now }: DrainerOptions, row: StreamRow): Promise<Wait> {
  let chunks: Spooled[] = [];
  for (let upto = 0; !isOld(row.at, now()); ) {
    if (chunks.length === 0) chunks = (await spool.read(row.stream, upto, POST_BYTES)).slice(0, MAX_BEACON_FRAMES - 1);
    const [first, last] = [chunks[0], chunks[chunks.length - 1]];
    if (!first || !last) break;
    for (const chunk of chunks) {
      if (isOld(chunk.at, now()) && !(chunk.flags & Flag.gap)) [chunk.bytes, chunk.flags] = [gapFor(chunk, "offline_cap"), Flag.gap];
    }
    const hello = serializeControl({ kind: "hello", body: { ...row.hello, client_ms: now() + row.skewMs } });
    const frames = await post(row.host, [hello, ...chunks.map((chunk) => chunk.bytes)]);
    if (!frames) return 0;
    const answered = take(read(frames), chunks);
    if (answered.isGone) break;
    const left = chunks.filter((chunk) => chunk.seq >= answered.upto && chunk.bytes.length > 0);
    if (left.length === chunks.length && !answered.isRefused) {
      const isHole = answered.upto >= 0 && answered.upto < first.seq && now() - row.at > LATE_MS;
      if (!isHole) return answered.afterMs;
      chunks = fill(row, answered.upto, first);
      continue;
    }
    if (left.length === 0 && last.seq >= upto) {
      upto = last.seq + 1;
      row = { ...row, bytes: row.bytes - chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0) };
      await spool.remove(row.stream, upto, row);
    }
    chunks = left;
  }
  await spool.remove(row.stream, Infinity, null);
  return null;
}

/** Send what is left; resolves to how long to leave the server alone, or null when nothing is. */
export async function drain(options: DrainerOptions): Promise<Wait> {
  const { spool, host, own, now } = options;
  let wait: Wait = null;
  await withLock(DRAIN_LOCK, async () => {
    for (const row of leftovers(await spool.rows(), own)) {
      if (row.host !== host && !isOld(row.at, now())) continue; // a page that knows that host may speak to it
      if (!hasLocks() && !seemsDead(row.at, now())) continue;
      await withLock(lockOf(row.stream), async () => void (wait = await drainStream(options, row)));
      if (wait !== null) return;
    }
  });
  return wait;
}
