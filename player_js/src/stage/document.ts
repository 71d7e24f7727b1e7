/** From a unit's bytes to its events. Recorded content is hostile: what is no event is left out, what is no document is null. */
import { decode } from "../../../recorder_js/src/wire/columns";
import type { Unit } from "../stage-messages";
import type { RecordedEvent } from "./events";

/** A unit's events: those that build its page from nothing, and those that were recorded. */
export interface Told {
  keyframe: RecordedEvent[];
  recorded: RecordedEvent[];
}

/** Return the events of a unit, or null when its bytes are no document. */
export function readDocument({ body, form, keyframeEvents }: Unit): Told | null {
  try {
    if (body === null) return null;
    const events: unknown = form === "columns" ? decode(new Uint8Array(body)) : JSON.parse(new TextDecoder().decode(body));
    if (!Array.isArray(events)) return null;
    return { keyframe: events.slice(0, keyframeEvents).filter(isEvent), recorded: events.slice(keyframeEvents).filter(isEvent) };
  } catch {
    return null;
  }
}

function isEvent(event: unknown): event is RecordedEvent {
  const { type, timestamp } = (event ?? {}) as Partial<RecordedEvent>;
  return typeof type === "number" && typeof timestamp === "number";
}
