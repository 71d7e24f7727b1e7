/** Gaps: what is said under a number whose bytes will not come. */
import { encodeNow } from "./encode";
import { Codec, Flag, parseFrame, serializeChunk, type ChunkHeader } from "./wire/frames";

export type GapBody = "dom" | "log" | "both";

export function gapLog(reason: string, body: GapBody, t: number): string {
  return JSON.stringify([{ id: `gap-${Math.round(t).toString(36)}`, t, type: "gap", reason, body }]);
}

function serializeGap(header: ChunkHeader, reason: string, body: GapBody): Uint8Array {
  const log = encodeNow(gapLog(reason, body, header.firstMs));
  return serializeChunk(
    {
      ...header,
      flags: Flag.gap | (header.flags & Flag.final),
      domCodec: Codec.empty,
      domRawLength: 0,
      domEvents: 0,
      logCodec: log.codec,
      logRawLength: log.rawLength,
      partIndex: 0,
      partCount: 1,
    },
    new Uint8Array(),
    log.bytes,
  );
}

/** The gap that takes the place of a chunk. */
export function gapFor(held: { bytes: Uint8Array }, reason: string, body: GapBody = "both"): Uint8Array {
  const frame = parseFrame(held.bytes);
  if (frame.kind !== "chunk") throw new Error("only chunks are held");
  return serializeGap(frame.body, reason, body);
}

/** The gap for a chunk of which nothing is left but its number. */
export function gapAt(session: string, stream: string, seq: number, atMs: number, reason: string): Uint8Array {
  const times = { firstMs: atMs, lastMs: atMs, wallMs: Date.now(), monoMs: performance.now() };
  const empty = { flags: 0, domCodec: 0, logCodec: 0, partIndex: 0, partCount: 1, domRawLength: 0, logRawLength: 0, domEvents: 0 };
  return serializeGap({ ...empty, ...times, session, stream, seq }, reason, "both");
}
