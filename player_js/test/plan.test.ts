import { describe, expect, it } from "vitest";
import { makesFrame, neededUnits, rangeOf, unitsAhead, unitsOf, type PlannedUnit } from "../src/plan";
import { chunk, segment, stream, T0 } from "./fixtures";

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

it("asks for neighbouring chunks at once, and for a segment alone", () => {
  const at = (kind: PlannedUnit["kind"], seq: number, upto: number) => ({ kind, seq, upto, domBytes: 10 }) as PlannedUnit;
  expect(rangeOf([at("chunks", 0, 3), at("chunks", 3, 4), at("chunks", 7, 8)])).toEqual({ kind: "chunks", from: 0, upto: 4, bytes: 20 });
  expect(rangeOf([at("segment", 0, 60), at("segment", 60, 90)])).toMatchObject({ kind: "segment", from: 0, upto: 60 });
  expect(rangeOf([at("chunks", 0, 3), at("unlisted", 3, 40)])).toMatchObject({ from: 0, upto: 3 });
  expect(rangeOf([])).toBeNull();
});

describe("segments", () => {
  const folded = { ...stream("a", "w", 0, [chunk(180, 180), chunk(181, 181)]), segments: [segment(0, 60, 0), segment(60, 120), segment(120, 180)], segmented_upto: 180 };
  const units = unitsOf(folded, []);
  const seqs = (atS: number): number[] => neededUnits(units, T0 + atS * 1000).map((unit) => unit.seq);

  it("need one of them for a moment inside it", () => {
    expect([seqs(30), seqs(75), seqs(150)]).toEqual([[0], [60], [120]]);
  });

  it("need the next as well where its first pointer positions lie before it", () => {
    expect(seqs(59.6)).toEqual([0, 60]);
  });

  it("need what came fresh after the last of them", () => {
    expect(seqs(181.2)).toEqual([120, 180, 181]);
  });

  it("begin with what came before where the keyframe holds it", () => {
    const late = unitsOf({ ...folded, segments: [[0, 60, T0, T0 + 61_000, 2, 9, 9, 0, 9], segment(60, 120)], chunks: [] }, []);
    expect(neededUnits(late, T0 + 60_500).map((unit) => unit.seq)).toEqual([0, 60]);
    expect(neededUnits(late, T0 + 61_000).map((unit) => unit.seq)).toEqual([60]);
  });

  it("are missing where they open with a loss, until the page is seen again", () => {
    const lossy = { ...folded, segments: [segment(0, 60, 0), segment(60, 120, 0, 0), segment(120, 150, 0, 0), segment(150, 180)] };
    const told = unitsOf(lossy, [gap(60, 61)]);
    expect(told.map((unit) => [unit.seq, unit.isMissing, unit.reason])).toEqual([
      [0, false, ""],
      [60, true, "offline_cap"],
      [120, true, "offline_cap"],
      [150, false, ""],
      [180, false, "not_arrived"],
      [181, false, "not_arrived"],
    ]);
    expect(neededUnits(told, T0 + 140_000).map((unit) => unit.seq)).toEqual([0, 60]); // what it cannot change it does not load
  });

  it("that were lost are a gap of their own span", () => {
    const told = unitsOf(folded, [gap(60, 119)]);
    expect(told.map((unit) => [unit.seq, unit.upto, unit.isMissing])).toEqual([
      [0, 60, false],
      [60, 120, true],
      [120, 180, false],
      [180, 181, false],
      [181, 182, false],
    ]);
  });
});

describe("what is held", () => {
  const chunks = Array.from({ length: 50 }, (_, seq) => chunk(seq, seq, seq === 0 || seq === 40 ? 2 : 0));
  const before = unitsOf(stream("a", "w", 0, chunks), []);
  const after = unitsOf({ ...stream("a", "w", 0, []), segments: [segment(0, 60, 0)] }, []);

  it("makes a frame however the stream is cut by now", () => {
    expect(makesFrame(before, after, T0 + 20_000)).toBe(true);
    expect(makesFrame(before.slice(40), after, T0 + 45_000)).toBe(true);
  });

  it("does not make one without its beginning, with a hole, or at its end", () => {
    expect(makesFrame(before.slice(40), after, T0 + 20_000)).toBe(false);
    expect(makesFrame([...before.slice(0, 10), ...before.slice(11)], after, T0 + 20_000)).toBe(false);
    expect(makesFrame(before, after, T0 + 49_800)).toBe(false);
    expect(makesFrame([], after, T0)).toBe(false);
  });

  it("makes the last frame of a stream that goes on in chunks", () => {
    expect(makesFrame(before, before, T0 + 49_800)).toBe(true);
  });
});

it("keeps unlisted chunks in their place, to be asked for", () => {
  const units = unitsOf({ ...stream("a", "w", 0, [chunk(5, 5)]), unlisted: [[0, 5, T0, T0 + 4_900, 2, 99, 9]] }, []);
  expect(units.map(({ kind, seq, upto, hasSnapshot }) => [kind, seq, upto, hasSnapshot])).toEqual([["unlisted", 0, 5, true], ["chunks", 5, 6, false]]);
  expect(neededUnits(units, T0 + 5_500).map((unit) => unit.seq)).toEqual([0, 5]);
});
