import { describe, expect, it } from "vitest";
import { Reel } from "../../src/stage/reel";
import type { RecordedEvent } from "../../src/stage/events";
import type { Unit } from "../../src/stage-messages";

const SNAPSHOT = 2;
const change = (timestamp: number): RecordedEvent => ({ type: 3, timestamp, data: { source: 0, at: timestamp } });
const snapshot = (timestamp: number): RecordedEvent => ({ type: SNAPSHOT, timestamp, data: { node: {} } });
const meta = (timestamp: number): RecordedEvent => ({ type: 4, timestamp, data: {} });

function unit(seq: number, events: RecordedEvent[] | null): Unit {
  const times = (events ?? [{ timestamp: seq * 1000 }]).map((event) => event.timestamp);
  const body = events && (new TextEncoder().encode(JSON.stringify(events)).buffer as ArrayBuffer);
  const hasSnapshot = events?.some((event) => event.type === SNAPSHOT) ?? false;
  const span = { seq, upto: seq + 1, startMs: Math.min(...times), endMs: Math.max(...times) };
  return { ...span, hasSnapshot, isSegment: false, keyframeEvents: 0, keyframeMs: 0, form: "json", body };
}

const UNITS = [
  unit(0, [meta(0), snapshot(1), change(500)]),
  unit(1, [change(1000), change(1500)]),
  unit(2, [change(2000), meta(2400), snapshot(2401), change(2900)]),
  unit(3, [change(3000), change(3500)]),
];

function reel(units: Unit[] = UNITS): Reel {
  const made = new Reel();
  made.add(units);
  return made;
}
const times = (made: Reel, atMs: number): number[] => made.move(atMs)?.events.map((event) => event.timestamp) ?? [];

/** What has been applied since the last full snapshot, moving through these moments. */
function frame(moments: number[]): number[] {
  const made = reel();
  let applied: RecordedEvent[] = [];
  for (const moment of moments) applied = [...applied, ...(made.move(moment)?.events ?? [])];
  const last = applied.findLastIndex((event) => event.type === SNAPSHOT);
  return applied.slice(last).map((event) => event.timestamp);
}

describe("the reel", () => {
  it("hands out each event once while it goes on", () => {
    const made = reel();
    expect([times(made, 600), times(made, 600), times(made, 1500)]).toEqual([[0, 1, 500], [], [1000, 1500]]);
  });

  it("restarts at the last full snapshot to go back", () => {
    const made = reel();
    made.move(3500);
    expect(made.move(1000)).toMatchObject({ restart: true });
    expect(times(made, 1500)).toEqual([1500]);
  });

  it("leaps over what a newer full snapshot makes needless", () => {
    const made = reel();
    made.move(600);
    expect(times(made, 3000)).toEqual([2400, 2401, 2900, 3000]);
  });

  it("shows the first snapshot for moments before it", () => {
    expect(times(reel(), -50)).toEqual([0, 1]);
  });

  it("comes to the same frame whether it plays or seeks", () => {
    const steps = Array.from({ length: 72 }, (_, index) => index * 50);
    for (const end of [0, 1, 499, 500, 1999, 2400, 2401, 2950, 3600]) {
      const played = frame([...steps.filter((step) => step < end), end]);
      expect(played).toEqual(frame([end]));
      expect(played).toEqual(frame([3600, 700, end]));
      expect(played).toEqual(frame([1200, end]));
    }
  });

  it("gives fresh events on every pass", () => {
    const made = reel();
    const first = made.move(600)?.events[2];
    if (first) first.data.at = "changed by rrweb";
    made.move(3500);
    expect(made.move(600)?.events[2]?.data.at).toBe(500);
  });

  it("is blind from a hole to the next full snapshot", () => {
    const made = reel([UNITS[0] as Unit, unit(1, null), ...UNITS.slice(2)]);
    expect(made.move(900)?.isBlind).toBe(false);
    expect(made.move(2100)).toMatchObject({ isBlind: true, events: [] });
    expect(made.move(2950)).toMatchObject({ isBlind: false });
  });

  it("takes bytes that do not parse for a hole", () => {
    const broken = { ...unit(1, null), body: new TextEncoder().encode("{").buffer as ArrayBuffer };
    const made = reel([UNITS[0] as Unit, broken]);
    expect(made.move(1200)?.isBlind).toBe(true);
  });

  it("stops where bytes have not come yet", () => {
    const made = reel([UNITS[0] as Unit, UNITS[3] as Unit]);
    expect(times(made, 3500)).toEqual([0, 1, 500]);
  });

  it("has nothing to show without a full snapshot", () => {
    expect(reel([unit(0, [change(1)])]).move(5)).toBeNull();
  });

  it("gives every pointer position its own time", () => {
    const positions = [-400, -200, 0].map((timeOffset) => ({ x: 1, y: 1, id: 1, timeOffset }));
    const move: RecordedEvent = { type: 3, timestamp: 1400, data: { source: 1, positions } };
    const made = reel([UNITS[0] as Unit, unit(1, [move, change(1450)])]);
    made.move(600);
    expect(times(made, 1250)).toEqual([1000, 1200]);
  });
});
