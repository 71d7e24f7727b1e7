/** What the app page and the stage document say to each other. Times are on the stream's own clock. */

/** How a unit's bytes say rrweb events: a JSON array, or a columns document (SPEC.md §8). */
export type Form = "json" | "columns";

/**
 * Consecutive chunks whose joined bytes are one document of rrweb events, or a segment; `body` is null where bytes are missing.
 *
 * The first `keyframeEvents` events of a segment build the page as it is at `keyframeMs`; those that follow were recorded.
 */
export interface Unit {
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  hasSnapshot: boolean; // among what was recorded
  isSegment: boolean;
  keyframeEvents: number;
  keyframeMs: number;
  form: Form;
  body: ArrayBuffer | null;
}

/** Seqs of a stream whose bytes are here and are no document. */
export interface Broken {
  seq: number;
  upto: number;
}

export type ToStage =
  | { kind: "hello" }
  | { kind: "assets"; sheets: [hash: string, text: string][]; places: [url: string, hash: string][] }
  | { kind: "units"; stream: string; units: Unit[] }
  | { kind: "show"; id: number; stream: string; atMs: number; isPlaying: boolean; rate: number; isJump: boolean };

export type FromStage =
  | { kind: "ready" }
  | { kind: "shown"; id: number; stream: string; atMs: number; isBlind: boolean; isPainted: boolean; faults: number; lacks: number; broken: Broken[] }
  | { kind: "viewport"; stream: string; width: number; height: number };

/** True for an object that says its kind; the caller has checked the origin and the sender. */
export function isMessage(data: unknown): data is { kind: string } {
  return typeof data === "object" && data !== null && typeof (data as { kind?: unknown }).kind === "string";
}
