/** What the server looks at before it believes a frame. Twin of the checks in replay/wire/frames.py and messages.py; in no bundle. */
import { Codec, Flag, HEADER_BYTES, parseFrame, toHex, toUuid, type Chunk, type Frame, type Hello } from "./frames";
import * as limits from "./limits";
import { WireError, type Code } from "./refusals";

const LOG_CODECS: readonly number[] = [Codec.empty, Codec.json, Codec.gzip]; // that a page may send
const DOM_CODECS: readonly number[] = [...LOG_CODECS, Codec.columns, Codec.columnsGzip];

/** The identity of a chunk, as far as it can be read. */
export function readKey(frame: Uint8Array): { session: string; stream: string; seq: number } {
  if (frame.length < HEADER_BYTES) throw new WireError("bad_frame");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return { session: toUuid(frame.subarray(4, 20)), stream: toHex(frame.subarray(20, 36)), seq: view.getUint32(36) };
}

export function checkChunk(frame: Uint8Array): Chunk {
  const { stream, seq } = readKey(frame);
  const refuse = (code: Code): WireError => new WireError(code, stream, seq);
  if (frame.length > limits.MAX_FRAME_BYTES) throw refuse("frame_too_large");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length !== HEADER_BYTES + view.getUint32(44) + view.getUint32(52) || !isHeaderSound(view)) throw new WireError("bad_frame");
  const chunk = parse(frame, () => refuse("bad_hash"));
  if (chunk.kind !== "chunk") throw new WireError("bad_frame");
  const body = chunk.body;
  checkBody(DOM_CODECS, body.domCodec, body.dom.length, body.domRawLength, limits.MAX_DOM_RAW_BYTES, refuse);
  checkBody(LOG_CODECS, body.logCodec, body.log.length, body.logRawLength, limits.MAX_LOG_RAW_BYTES, refuse);
  return body;
}

/** Read a frame of which all but the hash is known to be sound. */
function parse(frame: Uint8Array, otherwise: () => WireError): Frame {
  try {
    return parseFrame(frame);
  } catch {
    throw otherwise();
  }
}

function isHeaderSound(view: DataView): boolean {
  const [first, last, wall, mono] = [64, 72, 80, 88].map((at) => view.getFloat64(at)) as [number, number, number, number];
  const [seq, partIndex, partCount] = [view.getUint32(36), view.getUint16(40), view.getUint16(42)];
  return (
    [first, last, wall, mono].every((time) => Math.abs(time) <= limits.MAX_TIME_MS) &&
    last >= first &&
    partCount >= 1 &&
    partCount <= limits.MAX_PARTS &&
    partIndex < partCount &&
    partIndex <= seq &&
    !(view.getUint8(1) & Flag.gap && view.getUint8(2) !== Codec.empty) &&
    view.getUint32(60) <= view.getUint32(48)
  );
}

/** Refuse a body by what its header says, before a byte of it is opened. */
function checkBody(known: readonly number[], codec: number, length: number, rawLength: number, most: number, refuse: (code: Code) => WireError): void {
  const isAsItIs = codec === Codec.json || codec === Codec.columns;
  const isSized = codec === Codec.empty ? !length && !rawLength : length > 0 && rawLength > 0;
  if (!known.includes(codec) || !isSized || (isAsItIs && length !== rawLength)) throw refuse("bad_codec");
  const isTooDense = rawLength > limits.RATIO_FREE_BYTES && rawLength > length * limits.MAX_RATIO;
  if (rawLength > most || isTooDense) throw refuse("inflated_too_large");
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  write_key: /^.{0,64}$/s,
  session: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  secret: /^[A-Za-z0-9_-]{43}$/,
  stream: /^[0-9a-f]{32}$/,
  window: /^[0-9a-f]{16}$/,
  distinct_id: /^.{1,200}$/s,
  recorder: /^.{0,20}$/s,
};

export function checkHello(frame: Uint8Array): Hello {
  if (frame.length > limits.MAX_HELLO_BYTES) throw new WireError("bad_hello");
  const hello = parse(frame, () => new WireError("bad_hello")).body as Hello & Record<string, unknown>;
  if (typeof hello.v !== "number") throw new WireError("bad_hello");
  if (hello.v !== limits.VERSION) throw new WireError("unsupported_version");
  const isShaped = Object.entries(SHAPES).every(([name, shape]) => typeof hello[name] === "string" && shape.test(hello[name]));
  if (!isShaped || typeof hello.client_ms !== "number" || !(Math.abs(hello.client_ms) <= limits.MAX_TIME_MS)) throw new WireError("bad_hello");
  return hello;
}
