/** Bodies: bytes ↔ raw bytes ↔ events, by the codec ids of SPEC.md §3. Reading is bounded; a bomb costs nobody more than its bound. */
import { BadColumns, decode } from "./columns";
import { Codec } from "./frames";
import { MAX_PARTS_RAW_BYTES } from "./limits";

/** A body does not decode, or not within its bound. */
export class BadBody extends Error {
  override name = "BadBody";
}

async function collect(stream: ReadableStream<Uint8Array>, mostBytes: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > mostBytes) {
      void reader.cancel().catch(() => undefined);
      throw new BadBody(`inflates to more than ${mostBytes} bytes`);
    }
    pieces.push(value);
  }
  return join(pieces);
}

function through(bytes: Uint8Array, transform: GenericTransformStream): ReadableStream<Uint8Array> {
  const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return body.pipeThrough(transform as ReadableWritablePair<Uint8Array, Uint8Array>);
}

/** Return the raw bytes of a body. Throws BadBody. */
export async function inflate(codec: number, bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  if (codec === Codec.empty) return new Uint8Array();
  if (codec === Codec.json || codec === Codec.columns) {
    if (bytes.length > mostBytes) throw new BadBody(`holds more than ${mostBytes} bytes`);
    return bytes;
  }
  if (codec !== Codec.gzip && codec !== Codec.columnsGzip) throw new BadBody(`has codec ${codec}, which this version does not read`);
  try {
    return await collect(through(bytes, new DecompressionStream("gzip")), mostBytes);
  } catch (error) {
    throw error instanceof BadBody ? error : new BadBody("is not gzip");
  }
}

/** Compress by the browser's own gzip. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(through(bytes, new CompressionStream("gzip")), Infinity);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/**
 * Return the events of a `dom` body, of which `pieces` are the parts in order; `mostBytes` bounds the document and what it
 * expands to. A stored segment (codec 18) comes through HTTP as what it holds: Codec.columns. Throws BadBody.
 */
export async function decodeDom(codec: number, pieces: readonly Uint8Array[], mostBytes = MAX_PARTS_RAW_BYTES): Promise<unknown[]> {
  if (codec === Codec.empty) return [];
  const raw: Uint8Array[] = [];
  let room = mostBytes;
  for (const piece of pieces) {
    const one = await inflate(codec, piece, room);
    room -= one.length;
    raw.push(one);
  }
  const document = raw.length === 1 ? (raw[0] as Uint8Array) : join(raw);
  if (codec === Codec.columns || codec === Codec.columnsGzip) return fromColumns(document, mostBytes);
  const events: unknown = parse(document);
  if (!Array.isArray(events)) throw new BadBody("is no array");
  return events;
}

function fromColumns(document: Uint8Array, mostBytes: number): unknown[] {
  try {
    return decode(document, mostBytes);
  } catch (error) {
    throw error instanceof BadColumns ? new BadBody(error.message) : error;
  }
}

function parse(document: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch {
    throw new BadBody("is no JSON");
  }
}
