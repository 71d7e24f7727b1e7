/** Columns: a list of rrweb events as one small document (SPEC.md §8). Twin of replay/wire/columns.py. */
import { MAX_PARTS_RAW_BYTES } from "./limits";

const PLAIN = 0; // form: the events as they are

/** A document that does not decode, or not within its bound. */
export class BadColumns extends Error {
  override name = "BadColumns";
}

/** Return the events as a columns document. */
export function encode(events: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([PLAIN, events]));
}

/** Return the events of a document; what it expands to is bounded by `mostBytes`. Throws BadColumns. */
export function decode(document: Uint8Array, mostBytes = MAX_PARTS_RAW_BYTES): unknown[] {
  if (document.length > mostBytes) throw new BadColumns("is too large");
  const read = parse(document);
  if (!Array.isArray(read) || read.length !== 2 || read[0] !== PLAIN || !Array.isArray(read[1])) throw new BadColumns("is of no known form");
  return read[1];
}

function parse(document: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch {
    throw new BadColumns("is no JSON");
  }
}
