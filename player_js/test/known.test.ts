import { describe, expect, it } from "vitest";
import { Known } from "../src/known";
import type { GapRow, MomentRow, RangeRow } from "../src/manifest";
import { chunk, manifest, stream, T0 } from "./fixtures";

const range = (seq: number, upto: number): RangeRow => [seq, upto, T0 + seq * 1000, T0 + upto * 1000, 0, 9, 9];
const moment = (id: string, atS: number) => ({ id, stream: "a", kind: "click", at_ms: T0 + atS * 1000 }) as MomentRow;
const gap = (first: number, last: number): GapRow => ({ stream: "a", first_seq: first, last_seq: last, start_ms: T0, end_ms: T0, reason: "missing_bytes", body: "dom" });

describe("what is known beside the manifest", () => {
  it("fills ranges of chunks that were asked for, until a segment has them", () => {
    const known = new Known();
    known.addRows("a", [chunk(0, 0), chunk(1, 1), chunk(2, 2)]);
    const told = manifest([{ ...stream("a", "w", 0, [chunk(9, 9)]), unlisted: [range(0, 3), range(3, 9)] }]);
    const [filled] = known.fill(told).streams;
    expect(filled?.chunks.map(([seq]) => seq)).toEqual([0, 1, 2, 9]);
    expect(filled?.unlisted).toEqual([range(3, 9)]);
    const [folded] = known.fill(manifest([{ ...stream("a", "w", 0, [chunk(9, 9)]), segmented_upto: 9 }])).streams;
    expect(folded?.chunks.map(([seq]) => seq)).toEqual([9]);
  });

  it("leaves a range that grew meanwhile to be asked for anew", () => {
    const known = new Known();
    known.addRows("a", [chunk(0, 0), chunk(1, 1)]);
    const [filled] = known.fill(manifest([{ ...stream("a", "w", 0, []), unlisted: [range(0, 3)] }])).streams;
    expect([filled?.chunks, filled?.unlisted]).toEqual([[], [range(0, 3)]]);
  });

  it("keeps every moment that was ever told, once, in order of time", () => {
    const known = new Known();
    known.addMoments([moment("c", 3), moment("a", 1)]);
    const told = { ...manifest([stream("a", "w", 0, [])]), moments: [moment("b", 2), moment("c", 3)] };
    expect(known.fill(told).moments.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(known.fill({ ...told, moments: [] }).moments).toHaveLength(3);
  });

  it("adds the gaps that were met, unless the manifest states them by now", () => {
    const known = new Known();
    known.addGap(gap(4, 5));
    expect(known.fill(manifest([stream("a", "w", 0, [])])).gaps).toEqual([gap(4, 5)]);
    const stated = { ...gap(3, 9), reason: "not_decodable", body: "both" as const };
    expect(known.fill(manifest([stream("a", "w", 0, [])], { gaps: [stated] })).gaps).toEqual([stated]);
  });
});
