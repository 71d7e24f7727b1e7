/** What the app page and the stage document say to each other. Times are on the stream's own clock. */

/** How a unit's bytes say rrweb events: a JSON array, or a columns document (SPEC.md §8). */
export type Form = "json" | "columns";

/** Consecutive chunks whose joined bytes are one document of rrweb events; `body` is null where bytes are missing. */
export interface Unit {
  seq: number;
  upto: number;
  startMs: number;
  endMs: number;
  hasSnapshot: boolean;
  form: Form;
  body: ArrayBuffer | null;
}

export type ToStage =
  | { kind: "hello" }
  | { kind: "assets"; sheets: [hash: string, text: string][]; places: [url: string, hash: string][] }
  | { kind: "units"; stream: string; units: Unit[] }
  | { kind: "show"; id: number; stream: string; atMs: number; isPlaying: boolean; rate: number; isJump: boolean };

export type FromStage =
  | { kind: "ready" }
  | { kind: "shown"; id: number; stream: string; atMs: number; isBlind: boolean; isPainted: boolean; faults: number; lacks: number }
  | { kind: "viewport"; stream: string; width: number; height: number };

/** True for an object that says its kind; the caller has checked the origin and the sender. */
export function isMessage(data: unknown): data is { kind: string } {
  return typeof data === "object" && data !== null && typeof (data as { kind?: unknown }).kind === "string";
}
