/** Columns: a list of rrweb events as one small document, and back (SPEC.md §8). Twin of replay/wire/columns.py. */
import { BadColumns, readColumns } from "./columns-reader";
import { SHAPES, STRINGS } from "./columns-table";
import { columnsWriter } from "./columns-writer";
import { MAX_PARTS_RAW_BYTES } from "./limits";

export { BadColumns } from "./columns-reader";

const PLAIN = 0; // form: the events as they are
const COLUMNS = 1; // form: columns, by the tables of columns-table.ts

/** Return the events as a columns document; they must be values as JSON.parse gives them. */
export function encode(events: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(columnsWriter(SHAPES, STRINGS)(events));
}

/** Return the events of a document; as JSON they may have `mostBytes`, about. Throws BadColumns. */
export function decode(document: Uint8Array, mostBytes = MAX_PARTS_RAW_BYTES): unknown[] {
  if (document.length > mostBytes) throw new BadColumns("is too large");
  const [form, count, kinds, shapes, ...payloads] = parse(document);
  if (form === PLAIN && Array.isArray(count) && kinds === undefined) return count;
  const isKnown = form === COLUMNS && Number.isInteger(count) && (count as number) >= 0 && typeof kinds === "string" && Array.isArray(shapes);
  if (!isKnown) throw new BadColumns("is of no known form");
  return readColumns(kinds, shapes, payloads, count as number, mostBytes);
}

function parse(document: Uint8Array): unknown[] {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document));
  } catch {
    throw new BadColumns("is no JSON");
  }
  if (!Array.isArray(read)) throw new BadColumns("is no array");
  return read;
}
