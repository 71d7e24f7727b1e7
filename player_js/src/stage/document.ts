/** From a unit's bytes to its events. Recorded content is hostile: what is no event is left out, what is no document is null. */
import { decode } from "../../../recorder_js/src/wire/columns";
import type { Form } from "../stage-messages";
import type { RecordedEvent } from "./events";

/** Return the events of a document, or null when it is none. */
export function readDocument(body: ArrayBuffer, form: Form): RecordedEvent[] | null {
  try {
    const events: unknown = form === "columns" ? decode(new Uint8Array(body)) : JSON.parse(new TextDecoder().decode(body));
    return Array.isArray(events) ? events.filter(isEvent) : null;
  } catch {
    return null;
  }
}

function isEvent(event: unknown): event is RecordedEvent {
  const { type, timestamp } = (event ?? {}) as Partial<RecordedEvent>;
  return typeof type === "number" && typeof timestamp === "number";
}
