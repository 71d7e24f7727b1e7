/** What the logs say, each event once however often it comes (chunks become segments): rows for the list, counts for the timeline. */
import type { LogEvent } from "../../recorder_js/src/wire/events";
import type { StreamRow } from "./manifest";
import { lostRow, mergeRows, rowOf, type Row } from "./rows";
import type { Activity } from "./timeline-picture";

export class Logbook {
  rows: Row[] = [];
  private readonly counts = new Map<string, Activity>();

  add(stream: StreamRow, events: LogEvent[]): void {
    for (const event of events) {
      if (event?.type === "activity") this.counts.set(`${stream.id}:${event.id}`, { atMs: event.t + stream.clock_offset_ms, count: event.count });
    }
    this.rows = mergeRows(this.rows, events.map((event) => rowOf(event, stream)).filter((row) => row !== null));
  }

  /** Say in the list that a log is missing. */
  addLost(stream: StreamRow, seq: number, atMs: number, reason: string): void {
    this.rows = mergeRows(this.rows, [lostRow(stream.id, seq, atMs, reason)]);
  }

  /** What the person did, in no order. */
  get activity(): Activity[] {
    return [...this.counts.values()];
  }
}
