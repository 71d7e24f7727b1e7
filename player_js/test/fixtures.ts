import type { ChunkRow, Manifest, SegmentRow, StreamRow } from "../src/manifest";

export const T0 = 1_790_000_000_000;

/** A chunk of one second; flags 2: it holds a full snapshot. */
export function chunk(seq: number, atS: number, flags = 0, partIndex = 0, partCount = 1): ChunkRow {
  return [seq, T0 + atS * 1000, T0 + atS * 1000 + 900, flags, 1_000, 100, partIndex, partCount, 10];
}

/** A segment of a chunk a second. The first of a stream has no keyframe: it holds the page's own snapshot. */
export function segment(first: number, upto: number, keyframeEvents = 3, flags = keyframeEvents === 0 && first === 0 ? 2 : 0): SegmentRow {
  return [first, upto, T0 + first * 1000, T0 + upto * 1000 - 100, flags, 50_000, 900, keyframeEvents, 600];
}

export function stream(id: string, window: string, startS: number, chunks: ChunkRow[], offsetMs = 0): StreamRow {
  const startMs = T0 + startS * 1000;
  const endMs = Math.max(startMs, ...chunks.map((each) => each[2]));
  return {
    id,
    window,
    clock_offset_ms: offsetMs,
    start_ms: startMs,
    end_ms: endMs,
    entry_url: `https://shop.example/${id}`,
    viewport: { width: 800, height: 600 },
    next_seq: chunks.length,
    is_finished: true,
    segmented_upto: 0,
    segments: [],
    chunks,
    unlisted: [],
  };
}

export function manifest(streams: StreamRow[], more: Partial<Manifest> = {}): Manifest {
  const windows = [...new Set(streams.map((each) => each.window))];
  return {
    version: 2,
    session: { id: "s", started_at_ms: T0 } as Manifest["session"],
    server_ms: T0,
    is_live: false,
    start_ms: T0,
    end_ms: Math.max(...streams.map((each) => each.end_ms)),
    windows: windows.map((id, index) => ({ id, number: index + 1, streams: streams.filter((s) => s.window === id).map((s) => s.id) })),
    streams,
    gaps: [],
    activity: { bucket_ms: 10_000, counts: [] },
    moments: [],
    moments_truncated: false,
    truncated: [],
    ...more,
  };
}
