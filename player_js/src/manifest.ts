/** What the API says of a session (its JSON, typed), and the few look-ups that everything else needs. Times: server clock, ms. */

/** seq, start_ms, end_ms, flags, dom_bytes, log_bytes, part_index, part_count, dom_events */
export type ChunkRow = [number, number, number, number, number, number, number, number, number];

/** first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes, keyframe_events, dom_events */
export type SegmentRow = [number, number, number, number, number, number, number, number, number];

/** Chunks that the manifest does not list one by one: first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes */
export type RangeRow = [number, number, number, number, number, number, number];

export interface PersonRef {
  id: string;
  name: string | null;
  email: string | null;
  distinct_id: string | null;
  is_identified: boolean;
}

export interface SessionRow {
  id: string;
  project: string;
  person: PersonRef | null;
  distinct_id: string;
  started_at_ms: number;
  last_event_at_ms: number;
  duration_ms: number;
  is_live: boolean;
  entry_url: string;
  exit_url: string;
  pages: number;
  clicks: number;
  errors: number;
  browser: string;
  browser_version: string;
  os: string;
  device_type: string;
  size_bytes?: number;
  viewport: { width: number; height: number } | null;
  properties: Record<string, unknown>;
  title: string;
}

export interface StreamRow {
  id: string;
  window: string;
  clock_offset_ms: number;
  start_ms: number;
  end_ms: number;
  entry_url: string;
  recorder?: string; // its version
  viewport: { width: number; height: number } | null;
  next_seq: number;
  is_finished: boolean;
  segmented_upto: number; // every seq below lives in a segment or a gap
  segments: SegmentRow[];
  chunks: ChunkRow[];
  unlisted: RangeRow[];
}

export interface WindowRow {
  id: string;
  number: number;
  streams: string[];
}

export interface GapRow {
  stream: string;
  first_seq: number;
  last_seq: number;
  start_ms: number;
  end_ms: number;
  reason: string;
  body: "dom" | "log" | "both";
}

export interface MomentRow {
  id: string;
  stream: string;
  kind: string;
  at_ms: number;
  text: string;
  url: string;
  data: Record<string, unknown>;
}

export interface Manifest {
  version: number;
  session: SessionRow;
  server_ms: number;
  is_live: boolean;
  start_ms: number;
  end_ms: number;
  windows: WindowRow[];
  streams: StreamRow[];
  gaps: GapRow[];
  activity: { bucket_ms: number; counts: number[] };
  moments: MomentRow[];
  moments_truncated: boolean; // these are the nearest, and there are more
  truncated: string[]; // of what there is more than can be told
  assets?: { missing: { url: string; kind: string; reason: string }[] };
}

const VERSION = 2;

/** The answer is not a manifest that this player reads. */
export class BadManifest extends Error {
  override name = "BadManifest";
}

/** Check the shape that everything relies on, and put streams and moments in order of time. */
export function readManifest(json: unknown): Manifest {
  const manifest = json as Partial<Manifest> | null;
  if (manifest?.version !== VERSION) throw new BadManifest(`version ${String(manifest?.version)}`);
  if (!manifest.session || !Array.isArray(manifest.streams) || typeof manifest.start_ms !== "number") {
    throw new BadManifest("parts are missing");
  }
  return {
    ...(manifest as Manifest),
    streams: [...manifest.streams].sort((a, b) => a.start_ms - b.start_ms),
    moments: [...(manifest.moments ?? [])].sort((a, b) => a.at_ms - b.at_ms),
    windows: manifest.windows ?? [],
    gaps: manifest.gaps ?? [],
    activity: manifest.activity ?? { bucket_ms: 10_000, counts: [] },
  };
}

export function streamOf(manifest: Manifest, id: string): StreamRow | null {
  return manifest.streams.find((stream) => stream.id === id) ?? null;
}

/** A session that rests for longer than this has ended. */
export const REST_MS = 30 * 60_000;

/**
 * A moment of a link (`at`, on the stream's clock when a stream is named) on the server's clock, inside the session.
 *
 * It may lie after the last event: a link made while nothing happens is a link to that rest.
 */
export function linkedMs(manifest: Manifest, atMs: number, streamId: string | null): number {
  const offset = (streamId && streamOf(manifest, streamId)?.clock_offset_ms) || 0;
  const latestMs = Math.max(manifest.end_ms, Math.min(manifest.server_ms, manifest.end_ms + REST_MS));
  return Math.min(latestMs, Math.max(manifest.start_ms, atMs + offset));
}
