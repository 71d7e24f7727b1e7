import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowOf, type Row } from "../src/rows";
import { Timeline } from "../src/timeline";
import { barsOf, cutsOf, chaptersOf, marksOf, spansOf } from "../src/timeline-picture";
import { following, moved, rangeOf, zoomed } from "../src/zoom";
import { chunk, manifest, stream, T0 } from "./fixtures";

const whole = rangeOf(1_000, 101_000);

describe("zooming", () => {
  it("keeps the moment under the pointer where it is", () => {
    const shown = zoomed(whole, whole, 26_000, 0.5);
    expect(shown).toEqual(rangeOf(13_500, 63_500));
    expect((26_000 - 13_500) / 50_000).toBe(0.25);
  });

  it("ends at two seconds, and at the whole", () => {
    expect(zoomed(whole, whole, 50_000, 1e-9)?.durationMs).toBe(2_000);
    expect(zoomed(rangeOf(20_000, 80_000), whole, 50_000, 2)).toBeNull();
  });

  it("never shows what lies outside, whatever is asked", () => {
    const ms = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(ms, fc.double({ min: 0.01, max: 100, noNaN: true }), ms, (atMs, factor, byMs) => {
        const shown = zoomed(rangeOf(20_000, 60_000), whole, atMs, factor);
        const after = shown && moved(shown, whole, byMs);
        for (const range of [shown, after, shown && following(shown, whole, atMs)]) {
          if (!range) continue;
          expect(range.startMs).toBeGreaterThanOrEqual(whole.startMs);
          expect(range.endMs).toBeLessThanOrEqual(whole.endMs + 1e-6);
        }
      }),
    );
  });

  it("turns the page with the playhead, and rests while it is on it", () => {
    const shown = rangeOf(20_000, 40_000);
    expect(following(shown, whole, 30_000)).toEqual(shown);
    expect(following(shown, whole, 41_000)).toEqual(rangeOf(39_000, 59_000));
    expect(following(shown, whole, 100_500)?.endMs).toBe(101_000);
  });
});

describe("a part of the session", () => {
  const page = stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 99.1)]);
  const timeline = new Timeline(manifest([page]));
  const part = rangeOf(T0 + 20_000, T0 + 40_000);
  const row = (atS: number, event: object): Row => rowOf({ id: String(atS), t: T0 + atS * 1000, ...event } as never, page) as Row;

  it("shows its own marks only, named by the time of the session", () => {
    const rows = [10, 30, 50].map((atS) => row(atS, { type: "custom", name: "paid" }));
    expect(marksOf(rows, timeline, 100, part)).toMatchObject([{ at: 0.5, name: "0:30 custom event: paid" }]);
  });

  it("draws its own spans, cuts and counts only", () => {
    expect(spansOf(part, [{ startMs: T0, endMs: T0 + 10_000 }, { startMs: T0 + 30_000, endMs: T0 + 90_000 }])).toEqual([{ at: 0.5, width: 0.5 }]);
    const chapters = chaptersOf([0, 25, 60].map((atS) => row(atS, { type: "navigation", url: `https://x/${atS}` })), timeline);
    expect(cutsOf(chapters, part, 100)).toEqual([0.25]);
    expect(barsOf(timeline, [10, 30, 90].map((atS) => ({ atMs: T0 + atS * 1000, count: 5 })), part)).toMatchObject([{ at: 0.5, height: 1 }]);
  });
});
