/** From answers to what stage and list take: the document of a unit, the events of a log. */
import { inflate } from "../../recorder_js/src/wire/codec";
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { Codec } from "../../recorder_js/src/wire/frames";
import { MAX_DOM_RAW_BYTES, MAX_LOG_RAW_BYTES, MAX_PARTS_RAW_BYTES } from "../../recorder_js/src/wire/limits";
import type { BodyRecord } from "../../recorder_js/src/wire/records";
import type { PlannedUnit } from "./plan";
import type { Form, Unit } from "./stage-messages";

/** The joined bytes of a unit; without a body it says why there is none. */
export interface Document {
  form: Form;
  body: ArrayBuffer | null;
  reason: string;
}

export function lost(reason: string): Document {
  return { form: "json", body: null, reason };
}

export function found(form: Form, body: ArrayBuffer): Document {
  return { form, body, reason: "" };
}

/** A planned unit with its bytes, on the stream's clock. */
export function toUnit(unit: PlannedUnit, { form, body }: Document, offsetMs: number): Unit {
  const { seq, upto, startMs, endMs, hasSnapshot, kind, keyframeEvents, keyframeMs } = unit;
  const times = { startMs: startMs - offsetMs, endMs: endMs - offsetMs, keyframeMs: keyframeMs - offsetMs };
  return { seq, upto, ...times, hasSnapshot, isSegment: kind === "segment", keyframeEvents, form, body };
}

const COLUMNS = new Set<number>([Codec.columns, Codec.columnsGzip]);

/** Join the parts of one document. */
export async function joined(parts: (BodyRecord | undefined)[]): Promise<Document> {
  try {
    const pieces: Uint8Array[] = [];
    const forms = new Set<Form>();
    for (const part of parts) {
      if (!part || part.codec === Codec.missing) return lost("missing_bytes");
      pieces.push(await inflate(part.codec, part.body, MAX_DOM_RAW_BYTES));
      forms.add(COLUMNS.has(part.codec) ? "columns" : "json");
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const [form = "json", other] = forms;
    if (length > MAX_PARTS_RAW_BYTES || other) return lost("not_decodable");
    if (length === 0) return found("json", new TextEncoder().encode("[]").buffer);
    return found(form, await new Blob(pieces as BlobPart[]).arrayBuffer());
  } catch {
    return lost("not_decodable");
  }
}

/** Return the events of a chunk's log, or why there are none. */
export async function logOfRecord(record: BodyRecord): Promise<LogEvent[] | string> {
  if (record.codec === Codec.missing) return "missing_bytes";
  if (record.codec === Codec.empty) return [];
  try {
    return logOfBytes(await inflate(record.codec, record.body, MAX_LOG_RAW_BYTES));
  } catch {
    return "not_decodable";
  }
}

/** Return the events of a log as it is before compression. */
export function logOfBytes(bytes: Uint8Array): LogEvent[] | string {
  try {
    const events: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(events) ? (events as LogEvent[]) : "not_decodable";
  } catch {
    return "not_decodable";
  }
}
