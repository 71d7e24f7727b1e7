/** A small made-up recording for property tests: its chunks, and the segments that a worker would make of them. */
import type { RecordedEvent } from "../../src/stage/events";
import type { Unit } from "../../src/stage-messages";

const META = 4;
const SNAPSHOT = 2;
const CHANGE = 3;

/** What a second of the recording holds. */
export interface Second {
  kind: "changes" | "snapshot" | "lost";
  changes: number[]; // ms within it
}

/** What the page shows is which changes it has seen; a snapshot says them all. */
export function frameAfter(frame: number[], events: RecordedEvent[]): number[] {
  let now = frame;
  for (const { type, data } of events) {
    if (type === SNAPSHOT) now = [...(data.seen as number[])];
    if (type === CHANGE) now = [...now, data.id as number];
  }
  return now;
}

const idOf = (second: number, index: number): number => second * 100 + index;
const change = (id: number, timestamp: number): RecordedEvent => ({ type: CHANGE, timestamp, data: { id } });
const shown = (seen: number[], timestamp: number): RecordedEvent[] => [
  { type: META, timestamp, data: {} },
  { type: SNAPSHOT, timestamp, data: { seen } },
];

/** The events of each second, null where they are lost. The page itself knows of changes whose record is lost. */
function eventsOf(recording: Second[]): (RecordedEvent[] | null)[] {
  const seen: number[] = [];
  return recording.map(({ kind, changes }, second) => {
    const events = kind === "snapshot" || second === 0 ? shown([...seen], second * 1000 + 40) : [];
    for (const [index, ms] of [...changes].sort((a, b) => a - b).entries()) {
      seen.push(idOf(second, index));
      events.push(change(idOf(second, index), second * 1000 + ms));
    }
    return kind === "lost" && second > 0 ? null : events;
  });
}

function unit(seq: number, upto: number, events: RecordedEvent[] | null, more: Partial<Unit> = {}): Unit {
  const times = (events ?? []).map((event) => event.timestamp);
  return {
    seq,
    upto,
    startMs: Math.min(seq * 1000 + 999, ...times),
    endMs: Math.max(seq * 1000, ...times),
    hasSnapshot: events?.some((event) => event.type === SNAPSHOT) ?? false,
    isSegment: false,
    keyframeEvents: 0,
    keyframeMs: 0,
    form: "json",
    body: events && (new TextEncoder().encode(JSON.stringify(events)).buffer as ArrayBuffer),
    ...more,
  };
}

export function chunksOf(recording: Second[]): Unit[] {
  return eventsOf(recording).map((events, seq) => unit(seq, seq + 1, events));
}

/** Cut the recording before these seconds, at a loss, and where the page is seen again after one. */
export function segmentsOf(recording: Second[], cuts: Set<number>): Unit[] {
  const segments: Unit[] = [];
  let page: number[] | null = null; // null: unknown
  let open: { first: number; keyframe: RecordedEvent[]; events: RecordedEvent[]; isUnseen: boolean } | null = null;
  let endMs = 0;
  function close(upto: number): void {
    if (!open) return;
    const { first, keyframe, events } = open;
    const made = unit(first, upto, [...keyframe, ...events], { isSegment: true, keyframeEvents: keyframe.length });
    made.hasSnapshot = events.some((event) => event.type === SNAPSHOT);
    made.keyframeMs = Math.max(made.startMs, endMs);
    endMs = Math.max(endMs, made.endMs);
    segments.push(made);
    open = null;
  }
  for (const [seq, events] of eventsOf(recording).entries()) {
    const hasSnapshot = events?.some((event) => event.type === SNAPSHOT) ?? false;
    if (cuts.has(seq) || !events || (open?.isUnseen && hasSnapshot)) close(seq);
    if (!events) page = null;
    if (!open) {
      const opensPage = events?.[0]?.type === META;
      // Half of what was seen stands in the snapshot, half in what follows it: a keyframe says more than a snapshot can.
      const half = page && Math.floor(page.length / 2);
      const at = events?.[0]?.timestamp ?? seq * 1000;
      const keyframe: RecordedEvent[] = page && half !== null && !opensPage ? [...shown(page.slice(0, half), at), ...page.slice(half).map((id) => change(id, at))] : [];
      open = { first: seq, keyframe, events: [], isUnseen: keyframe.length === 0 && !hasSnapshot };
    }
    open.events.push(...(events ?? []));
    if (page || hasSnapshot) page = frameAfter(page ?? [], events ?? []);
  }
  close(recording.length);
  return segments;
}
