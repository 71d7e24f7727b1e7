/** What readers get (SPEC.md §7): records of chunk bodies, and how parts become events again. */
import { BadBody, inflate } from "./codec";
import { Codec } from "./frames";
import { MAX_DOM_RAW_BYTES, MAX_PARTS_RAW_BYTES } from "./limits";

const RECORD_HEADER_BYTES = 20;

export interface BodyRecord {
  seq: number;
  codec: number;
  flags: number;
  partIndex: number;
  partCount: number;
  rawLength: number;
  body: Uint8Array;
}

/** Read records one after the other. Throws BadBody when the bytes are cut off. */
export function parseRecords(bytes: Uint8Array): BodyRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: BodyRecord[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const start = offset + RECORD_HEADER_BYTES;
    if (start > bytes.length) throw new BadBody("a record's header is cut off");
    const end = start + view.getUint32(offset + 16);
    if (end > bytes.length) throw new BadBody("a record's body is cut off");
    records.push({
      seq: view.getUint32(offset),
      codec: view.getUint8(offset + 4),
      flags: view.getUint8(offset + 5),
      partIndex: view.getUint16(offset + 6),
      partCount: view.getUint16(offset + 8),
      rawLength: view.getUint32(offset + 12),
      body: bytes.subarray(start, end),
    });
    offset = end;
  }
  return records;
}

/** Write records; the inverse of parseRecords, for tests and caches. */
export function serializeRecords(records: readonly BodyRecord[]): Uint8Array {
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + RECORD_HEADER_BYTES + record.body.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const record of records) {
    view.setUint32(offset, record.seq);
    view.setUint8(offset + 4, record.codec);
    view.setUint8(offset + 5, record.flags);
    view.setUint16(offset + 6, record.partIndex);
    view.setUint16(offset + 8, record.partCount);
    view.setUint32(offset + 12, record.rawLength);
    view.setUint32(offset + 16, record.body.length);
    bytes.set(record.body, offset + RECORD_HEADER_BYTES);
    offset += RECORD_HEADER_BYTES + record.body.length;
  }
  return bytes;
}

export interface DecodedRun {
  seq: number; // of the first record
  count: number; // how many records made it: 1, or all the parts
  flags: number;
  events: unknown[] | null; // null: the bytes are missing or do not decode
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

async function decodeRun(run: readonly BodyRecord[]): Promise<unknown[] | null> {
  if (run.some((record) => record.codec === Codec.missing)) return null;
  try {
    const pieces = await Promise.all(run.map((record) => inflate(record.codec, record.body, MAX_DOM_RAW_BYTES)));
    const raw = join(pieces);
    if (raw.length === 0) return [];
    if (raw.length > MAX_PARTS_RAW_BYTES) return null;
    const events: unknown = JSON.parse(new TextDecoder().decode(raw));
    return Array.isArray(events) ? events : null;
  } catch {
    return null;
  }
}

/**
 * Decode records of consecutive seqs into their events, parts joined.
 *
 * A set of parts whose end is not here yet comes back in `rest`, to be prepended to the next answer.
 */
export async function decodeRecords(
  records: readonly BodyRecord[],
): Promise<{ runs: DecodedRun[]; rest: BodyRecord[] }> {
  const runs: DecodedRun[] = [];
  for (let i = 0; i < records.length; ) {
    const first = records[i];
    if (!first) break;
    const count = first.partIndex === 0 ? Math.max(first.partCount, 1) : 1;
    const run = records.slice(i, i + count);
    const isWhole = run.every((record, index) => record.seq === first.seq + index && record.partIndex === index);
    if (isWhole && run.length < count) return { runs, rest: run };
    const isAlone = first.partIndex !== 0 || !isWhole; // a part whose fellows are a gap
    const taken = isAlone ? [first] : run;
    const events = isAlone && first.partCount > 1 ? null : await decodeRun(taken);
    runs.push({ seq: first.seq, count: taken.length, flags: first.flags, events });
    i += taken.length;
  }
  return { runs, rest: [] };
}
