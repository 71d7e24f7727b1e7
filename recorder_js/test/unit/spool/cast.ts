/** A dead page's leftovers, for tests. */
import type { Spooled, StreamRow } from "../../../src/spool/policy";
import { Codec, serializeChunk, type Hello } from "../../../src/wire/frames";

export const SESSION = "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d";
export const STREAM = "00112233445566778899aabbccddeeff";
export const HOST = "https://replay.example";
export const NOW = 1_790_000_000_000;

export const HELLO: Hello = {
  v: 1,
  write_key: "pk_abcdefghjk_0123456789abcdef01234567",
  session: SESSION,
  secret: "s".repeat(43),
  stream: STREAM,
  window: "0123456789abcdef",
  distinct_id: "ada",
  recorder: "0.0.0",
  client_ms: NOW,
  page: { url: "https://shop.example/", title: "Shop", referrer: "" },
  device: { viewport_width: 1, viewport_height: 1, screen_width: 1, screen_height: 1, pixel_ratio: 1, language: "en", timezone: "UTC" },
};

export const rowOf = (more: Partial<StreamRow> = {}): StreamRow => ({ stream: STREAM, host: HOST, hello: HELLO, skewMs: 5, at: NOW, bytes: 0, ...more });

export function chunkOf(seq: number, length = 100, flags = 0, stream = STREAM): Uint8Array {
  const times = { firstMs: NOW + seq, lastMs: NOW + seq, wallMs: NOW, monoMs: 0 };
  const dom = new Uint8Array(length).fill(32);
  const header = { flags, domCodec: Codec.json, logCodec: Codec.empty, session: SESSION, stream, seq, partIndex: 0, partCount: 1 };
  return serializeChunk({ ...header, ...times, domRawLength: length, logRawLength: 0, domEvents: 0 }, dom, new Uint8Array());
}

export const createSpoolChunk = (seq: number, length = 100, flags = 0): Spooled => ({ seq, bytes: chunkOf(seq, length, flags), flags, at: NOW });
