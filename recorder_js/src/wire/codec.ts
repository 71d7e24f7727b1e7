/** Bodies: bytes ↔ JSON text, by the codec ids of SPEC.md §3. Reading is bounded; a bomb costs nobody more than its bound. */
import { Codec } from "./frames";

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
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function through(bytes: Uint8Array, transform: GenericTransformStream): ReadableStream<Uint8Array> {
  const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return body.pipeThrough(transform as ReadableWritablePair<Uint8Array, Uint8Array>);
}

/** Return the raw bytes of a body. Throws BadBody. */
export async function inflate(codec: number, bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  if (codec === Codec.empty) return new Uint8Array();
  if (codec === Codec.json) {
    if (bytes.length > mostBytes) throw new BadBody(`holds more than ${mostBytes} bytes`);
    return bytes;
  }
  if (codec !== Codec.gzip) throw new BadBody(`has codec ${codec}, which this version does not read`);
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
