import { describe, expect, it } from "vitest";
import { rowOf, type Row } from "../src/rows";
import { Timeline } from "../src/timeline";
import { barsOf, marksOf, MOST_BARS, spansOf } from "../src/timeline-picture";
import { chunk, manifest, stream, T0 } from "./fixtures";

const DAY_S = 86_400;
const page = stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 60)]);
const later = stream("b", "w", 3 * DAY_S, [chunk(0, 3 * DAY_S, 2), chunk(1, 3 * DAY_S + 60)]);
const days = (counts: number[]) => new Timeline(manifest([page, later], { activity: { bucket_ms: 10_000, counts } }));
const row = (id: string, atS: number, event: object): Row => rowOf({ id, t: T0 + atS * 1000, ...event } as never, page) as Row;
const inside = ({ at, width }: { at: number; width: number }): boolean => at >= 0 && at + width <= 1 + 1e-9;

describe("a session whose pages lie days apart", () => {
  const timeline = days(Array.from({ length: (3 * DAY_S) / 10 + 6 }, (_, index) => (index < 6 || index > (3 * DAY_S) / 10 ? 5 : 0)));

  it("draws few bars, all of them inside", () => {
    const bars = barsOf(timeline, []);
    expect(bars.length).toBe(2);
    expect(bars.every(inside)).toBe(true);
  });

  it("draws no more bars when every second counts", () => {
    const busy = Array.from({ length: 3 * DAY_S }, (_, second) => ({ atMs: T0 + second * 1000, count: 1 }));
    expect(barsOf(timeline, busy).length).toBeLessThanOrEqual(MOST_BARS);
  });

  it("is idle in one span between them", () => {
    expect(timeline.idle).toHaveLength(1);
    expect(timeline.idle[0]?.endMs).toBeGreaterThan(T0 + 3 * DAY_S * 1000 - 10_000);
    expect(spansOf(timeline, timeline.idle).every(inside)).toBe(true);
  });

  it("draws spans that would touch as one", () => {
    const spans = Array.from({ length: 20_000 }, (_, index) => ({ startMs: T0 + index * 12_000, endMs: T0 + index * 12_000 + 9_000 }));
    expect(spansOf(timeline, spans)).toHaveLength(1);
  });
});

describe("marks", () => {
  const timeline = new Timeline(manifest([page]));
  const rows = [row("1", 10, { type: "click", element: { tag: "a", text: "Pay" } }), row("2", 10.2, { type: "error", name: "TypeError", message: "no" }), row("3", 10.3, { type: "custom", name: "paid" })];

  it("that lie near each other share a place, the gravest drawn", () => {
    expect(marksOf(rows, timeline, 40)).toMatchObject([{ kind: "error", count: 3, name: "0:10 error: TypeError: no, and 2 more" }]);
  });

  it("part where there is room", () => {
    expect(marksOf(rows, timeline, 4_000).map((mark) => mark.name)).toEqual(["0:10 click: Pay", "0:10 error: TypeError: no", "0:10 custom event: paid"]);
  });
});
