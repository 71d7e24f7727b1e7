/** The frames of SPEC.md §1–§3: bytes to shapes and back. Twin of replay/wire/frames.py. */
import { sha256 } from "./sha256";

export const Kind = { hello: 1, welcome: 2, chunk: 3, ack: 4, nack: 5, goaway: 6, ping: 7, pong: 8, window: 9 } as const;
export type KindName = keyof typeof Kind;

export const Flag = { final: 1, snapshot: 2, gap: 4 } as const;
export const Codec = { empty: 0, json: 1, gzip: 2, columns: 16, columnsGzip: 17, segmented: 254, missing: 255 } as const;

export const HEADER_BYTES = 128;
const HASHED_HEADER_BYTES = 96; // what stands before the hash

export interface ChunkHeader {
  flags: number;
  domCodec: number;
  logCodec: number;
  session: string; // UUID, lower case, with dashes
  stream: string; // 32 hex digits
  seq: number;
  partIndex: number;
  partCount: number;
  domRawLength: number;
  logRawLength: number;
  domEvents: number;
  firstMs: number;
  lastMs: number;
  wallMs: number;
  monoMs: number;
}

export interface Chunk extends ChunkHeader {
  dom: Uint8Array;
  log: Uint8Array;
  hash: Uint8Array;
}

export interface Hello {
  v: 1;
  write_key: string;
  session: string;
  secret: string;
  stream: string;
  window: string;
  distinct_id: string;
  recorder: string;
  client_ms: number;
  page: { url: string; title: string; referrer: string };
  device: {
    viewport_width: number;
    viewport_height: number;
    screen_width: number;
    screen_height: number;
    pixel_ratio: number;
    language: string;
    timezone: string;
  };
}

/** How much may be unacked on this socket from now on; 0: nothing new. */
export interface Window {
  window_bytes: number;
  window_chunks: number;
}

export interface Welcome extends Window {
  v: number;
  stream: string;
  next_seq: number;
  server_ms: number;
  max_chunk_bytes: number;
  heartbeat_s: number;
  codecs?: readonly number[]; // of dom bodies that are taken, beside JSON; a server that knows no columns names none
}

export type Control =
  | { kind: "hello"; body: Hello }
  | { kind: "welcome"; body: Welcome }
  | { kind: "ack"; body: { stream: string; upto: number } & Partial<Window> }
  | { kind: "nack"; body: { stream: string; seq: number; code: string; message: string; permanent: boolean } }
  | { kind: "goaway"; body: { code: string; message: string; retry: boolean; after_ms: number } }
  | { kind: "ping"; body: { client_ms: number; stream?: string; rtt_ms?: number } }
  | { kind: "pong"; body: { client_ms: number; server_ms: number } }
  | { kind: "window"; body: Window };

export type Frame = Control | { kind: "chunk"; body: Chunk };

/** The bytes are not a frame of this version. */
export class BadFrame extends Error {
  override name = "BadFrame";
}

const NAMES = Object.fromEntries(Object.entries(Kind).map(([name, kind]) => [kind, name])) as Record<number, KindName>;

export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

export function toUuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

/** Frame a control message: one byte of kind, then JSON. */
export function serializeControl(control: Control): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(control.body));
  const frame = new Uint8Array(1 + json.length);
  frame[0] = Kind[control.kind];
  frame.set(json, 1);
  return frame;
}

function hashOf(frame: Uint8Array): Uint8Array {
  return sha256(frame.subarray(0, HASHED_HEADER_BYTES), frame.subarray(HEADER_BYTES));
}

/** Frame a chunk and seal it with its hash. */
export function serializeChunk(header: ChunkHeader, dom: Uint8Array, log: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + dom.length + log.length);
  const view = new DataView(frame.buffer);
  frame[0] = Kind.chunk;
  frame[1] = header.flags;
  frame[2] = header.domCodec;
  frame[3] = header.logCodec;
  frame.set(fromHex(header.session.replace(/-/g, "")), 4);
  frame.set(fromHex(header.stream), 20);
  view.setUint32(36, header.seq);
  view.setUint16(40, header.partIndex);
  view.setUint16(42, header.partCount);
  view.setUint32(44, dom.length);
  view.setUint32(48, header.domRawLength);
  view.setUint32(52, log.length);
  view.setUint32(56, header.logRawLength);
  view.setUint32(60, header.domEvents);
  view.setFloat64(64, header.firstMs);
  view.setFloat64(72, header.lastMs);
  view.setFloat64(80, header.wallMs);
  view.setFloat64(88, header.monoMs);
  frame.set(dom, HEADER_BYTES);
  frame.set(log, HEADER_BYTES + dom.length);
  frame.set(hashOf(frame), HASHED_HEADER_BYTES);
  return frame;
}

function parseChunk(frame: Uint8Array): Chunk {
  if (frame.length < HEADER_BYTES) throw new BadFrame("a chunk is shorter than its header");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const domLength = view.getUint32(44);
  const logLength = view.getUint32(52);
  if (HEADER_BYTES + domLength + logLength !== frame.length) throw new BadFrame("a chunk's lengths do not add up");
  const hash = frame.slice(HASHED_HEADER_BYTES, HEADER_BYTES);
  if (hashOf(frame).some((byte, at) => byte !== hash[at])) throw new BadFrame("a chunk's hash does not match its bytes");
  return {
    flags: view.getUint8(1),
    domCodec: view.getUint8(2),
    logCodec: view.getUint8(3),
    session: toUuid(frame.subarray(4, 20)),
    stream: toHex(frame.subarray(20, 36)),
    seq: view.getUint32(36),
    partIndex: view.getUint16(40),
    partCount: view.getUint16(42),
    domRawLength: view.getUint32(48),
    logRawLength: view.getUint32(56),
    domEvents: view.getUint32(60),
    firstMs: view.getFloat64(64),
    lastMs: view.getFloat64(72),
    wallMs: view.getFloat64(80),
    monoMs: view.getFloat64(88),
    dom: frame.slice(HEADER_BYTES, HEADER_BYTES + domLength),
    log: frame.slice(HEADER_BYTES + domLength),
    hash,
  };
}

/** Read one frame. Throws BadFrame, and nothing else, for any other bytes. */
export function parseFrame(frame: Uint8Array): Frame {
  const kind = NAMES[frame[0] ?? 0];
  if (!kind) throw new BadFrame(`no frame is of kind ${frame[0]}`);
  if (kind === "chunk") return { kind, body: parseChunk(frame) };
  try {
    const body: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(1)));
    if (typeof body !== "object" || body === null || Array.isArray(body)) throw new BadFrame("a body is not an object");
    return { kind, body } as Frame;
  } catch {
    throw new BadFrame(`a ${kind} is not a JSON object`);
  }
}

/** Put frames one after the other, each behind its length: the form of the beacon. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const frame of frames) {
    view.setUint32(offset, frame.length);
    packed.set(frame, offset + 4);
    offset += 4 + frame.length;
  }
  return packed;
}

/** Undo packFrames. Throws BadFrame when the lengths do not fit. */
export function unpackFrames(packed: Uint8Array): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const frames: Uint8Array[] = [];
  let offset = 0;
  while (offset < packed.length) {
    if (offset + 4 > packed.length) throw new BadFrame("a length is cut off");
    const end = offset + 4 + view.getUint32(offset);
    if (end > packed.length) throw new BadFrame("a frame is cut off");
    frames.push(packed.slice(offset + 4, end));
    offset = end;
  }
  return frames;
}
