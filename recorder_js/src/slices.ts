/** A long text as raw slices, each small enough for a chunk whatever the compressor does; cut one at a time. */
import { LIMITS } from "./config";
import { breathe } from "./lib/breathe";
import { MAX_PARTS } from "./wire/limits";

const encoder = new TextEncoder();
const SLICES_A_BREATH = 16; // 4 MiB: a few milliseconds

export interface Slice {
  raw: Uint8Array;
  end: number; // where the next slice begins, in the text
}

/** Cut the slice that begins here. It ends between characters, so the same text is cut the same way each time. */
export function sliceAt(text: string, at: number): Slice {
  const room = new Uint8Array(Math.min(LIMITS.partBytes, (text.length - at) * 3));
  const { read, written } = encoder.encodeInto(text.substring(at, at + LIMITS.partBytes), room);
  return { raw: written < room.length ? room.slice(0, written) : room, end: at + read };
}

/** Into how many slices a text falls; stops counting above what one event may have. */
export async function countSlices(text: string): Promise<number> {
  if (text.length * 3 <= LIMITS.partBytes) return 1;
  const room = new Uint8Array(LIMITS.partBytes);
  let count = 0;
  for (let at = 0; at < text.length && count <= MAX_PARTS; count++) {
    if (count % SLICES_A_BREATH === SLICES_A_BREATH - 1) await breathe();
    at += encoder.encodeInto(text.substring(at, at + LIMITS.partBytes), room).read;
  }
  return count;
}
