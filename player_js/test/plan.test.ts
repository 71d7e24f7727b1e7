import { describe, expect, it } from "vitest";
import { neededUnits, rangesOf, unitsAhead, unitsOf } from "../src/plan";
import { chunk, stream, T0 } from "./fixtures";

const gap = (first: number, last: number, body: "dom" | "log" | "both" = "dom") => ({
  stream: "a",
  first_seq: first,
  last_seq: last,
  start_ms: T0 + first * 1000,
  end_ms: T0 + last * 1000 + 900,
  reason: "offline_cap",
  body,
});

describe("unitsOf", () => {
  it("joins the parts of one event", () => {
    const units = unitsOf(stream("a", "w", 0, [chunk(0, 0, 2, 0, 3), chunk(1, 0, 0, 1, 3), chunk(2, 0, 0, 2, 3), chunk(3, 1)]), []);
    expect(units.map(({ seq, upto, hasSnapshot }) => [seq, upto, hasSnapshot])).toEqual([[0, 3, true], [3, 4, false]]);
  });

  it("leaves out parts whose end is still to come", () => {
    expect(unitsOf(stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 1, 2, 0, 3)]), [])).toHaveLength(1);
  });

  it("counts an event with a lost part as missing", () => {
    const units = unitsOf(stream("a", "w", 0, [chunk(0, 0, 2, 0, 2), chunk(2, 2)]), [gap(1, 1)]);
    expect(units.map((unit) => unit.isMissing)).toEqual([true, true, false]);
  });

  it("lets a gap in the log alone be", () => {
    expect(unitsOf(stream("a", "w", 0, [chunk(0, 0, 2)]), [gap(0, 0, "log")])[0]?.isMissing).toBe(false);
  });
});

describe("neededUnits", () => {
  const units = unitsOf(stream("a", "w", 0, [chunk(0, 0, 2), ...[1, 2, 3].map((s) => chunk(s, s)), chunk(4, 4, 2), chunk(5, 5), chunk(6, 9)]), []);
  const seqs = (atS: number): number[] => neededUnits(units, T0 + atS * 1000).map((unit) => unit.seq);

  it("begins at the last full snapshot", () => {
    expect(seqs(2.95)).toEqual([0, 1, 2, 3]); // pointer positions of the next chunk may lie before it
    expect(seqs(5.5)).toEqual([4, 5]);
  });

  it("takes the snapshot before as well while the moment may precede the new one", () => {
    expect(seqs(4.5)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("gives the first frame for a moment before it", () => {
    expect(seqs(-3)).toEqual([0]);
  });
});

it("looks ahead by time and by bytes, but never gets stuck on a large unit", () => {
  const units = unitsOf(stream("a", "w", 0, Array.from({ length: 10 }, (_, seq) => chunk(seq, seq, seq ? 0 : 2))), []);
  expect(unitsAhead(units, T0, 3_000, 1e9)).toHaveLength(4);
  expect(unitsAhead(units, T0, 1e9, 2_500)).toHaveLength(2);
  expect(unitsAhead(units, T0, 1e9, 1)).toHaveLength(1);
});

it("folds seqs into ranges", () => {
  const at = (seq: number, upto = seq + 1) => ({ seq, upto });
  expect(rangesOf([at(0, 3), at(3), at(7)])).toEqual([[0, 4], [7, 8]]);
});
