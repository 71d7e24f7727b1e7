/** What the spool keeps, and for how long; pure. */
import { LIMITS } from "../config";
import type { Hello } from "../wire/frames";

/** One stream in the spool: all that a later page needs to send what it left. */
export interface StreamRow {
  stream: string;
  host: string;
  hello: Hello;
  skewMs: number; // stream clock − wall clock
  at: number; // wall clock of the last write
  bytes: number; // of its chunks
}

export interface Spooled {
  seq: number;
  bytes: Uint8Array;
  flags: number;
  at: number; // wall clock when it was written
}

const BEAT_MS = 20_000; // without Web Locks, a living page says so that often
const DEAD_MS = 60_000; // and is believed dead after this

export const isOld = (at: number, nowMs: number): boolean => nowMs - at > LIMITS.spoolMs;

export const sumBytes = (rows: readonly StreamRow[]): number => rows.reduce((sum, row) => sum + row.bytes, 0);

/** How many bytes must go. */
export const excess = (totalBytes: number): number => (totalBytes > LIMITS.spoolBytes ? totalBytes - LIMITS.spoolBytes + LIMITS.spoolRoomBytes : 0);

/** Streams of others, the one that waits longest first. */
export const leftovers = (rows: readonly StreamRow[], own: ReadonlySet<string>): StreamRow[] =>
  rows.filter((row) => !own.has(row.stream)).sort((one, other) => one.at - other.at);

export const isBeatDue = (at: number, nowMs: number): boolean => nowMs - at > BEAT_MS;

/** Whether a page without Web Locks is taken for dead. A clock that was set back makes nobody immortal. */
export const seemsDead = (at: number, nowMs: number): boolean => Math.abs(nowMs - at) > DEAD_MS;

export const lockOf = (stream: string): string => `playhead_stream_${stream}`;
