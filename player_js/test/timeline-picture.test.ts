import { describe, expect, it } from "vitest";
import { rowOf, type Row } from "../src/rows";
import { Timeline } from "../src/timeline";
import { barsOf, chapterAt, chaptersOf, cutsOf, lanesOf, marksOf, MOST_BARS, spansOf } from "../src/timeline-picture";
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

  it("are never more than there are places, and count all that they stand for", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => row(String(index), (index * 60) / 10_000, { type: "custom", name: `event ${index}` }));
    const marks = marksOf(many, timeline, 100);
    expect(marks.length).toBeLessThanOrEqual(101);
    expect(marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(10_000);
  });
});

describe("chapters", () => {
  const timeline = new Timeline(manifest([page]));
  const to = (id: string, atS: number, url: string, title = ""): Row => row(id, atS, { type: "navigation", url, title, how: "load" });
  const chapters = chaptersOf([to("1", 0, "https://x/a"), to("2", 1, "https://x/a#top", "A"), to("3", 20, "https://x/b", "B"), to("4", 20.1, "https://x/c")], timeline);

  it("last until the next page; a fragment begins none", () => {
    expect(chapters.map(({ address, title, startMs, endMs }) => [address, title, startMs - T0, endMs - T0])).toEqual([
      ["https://x/a", "A", 0, 20_000],
      ["https://x/b", "B", 20_000, 20_100],
      ["https://x/c", "", 20_100, timeline.endMs - T0],
    ]);
    expect([chapterAt(chapters, T0 - 1), chapterAt(chapters, T0 + 20_050)?.title]).toEqual([null, "B"]);
  });

  it("cut the track where there is room for a cut", () => {
    expect(cutsOf(chapters, timeline, 100)).toHaveLength(1);
    expect(cutsOf(chapters, timeline, 10_000)).toHaveLength(2);
  });
});

describe("lanes", () => {
  it("say when each tab was open, where there is more than one", () => {
    expect(lanesOf(new Timeline(manifest([page])))).toEqual([]);
    const other = stream("b", "v", 30, [chunk(0, 30, 2), chunk(1, 59.1)]);
    const lanes = lanesOf(new Timeline(manifest([page, other])));
    expect(lanes.map((lane) => lane.number)).toEqual([1, 2]);
    expect(lanes[1]?.spans[0]?.at).toBeCloseTo(30 / 60.9, 3);
  });
});
