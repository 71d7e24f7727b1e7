/**
 * What a compressor does with one body; in a worker or on the page's own thread. It needs nothing around it: its own text
 * runs in the worker, so it may name neither an import nor anything else of this file.
 */

/** Codec, bytes before compression, bytes. */
export type Packed = [codec: number, rawLength: number, bytes: Uint8Array];
export type Write = (events: readonly unknown[]) => string;

/** Compress JSON: as columns where there is a `write` and they come out smaller, else as it is. */
export async function pack(raw: Uint8Array, write: Write | null, gzip: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Packed> {
  const GZIP = 2;
  const COLUMNS_GZIP = 17;
  let columns: Packed | null = null;
  if (write) {
    try {
      const events = JSON.parse(new TextDecoder().decode(raw)) as unknown[];
      const document = new TextEncoder().encode(write(events));
      const isSound = document.length < raw.length && document.length >= events.length; // a server takes no more events than bytes
      if (isSound) columns = [COLUMNS_GZIP, document.length, await gzip(document)];
      if (columns && 2 * document.length < raw.length) return columns; // so much less is never more, once zipped
    } catch {
      // deeper than a stack, perhaps: then as it is
    }
  }
  const bytes = await gzip(raw);
  return columns && columns[2].length < bytes.length ? columns : [GZIP, raw.length, bytes];
}
