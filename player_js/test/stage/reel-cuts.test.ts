/** However the stream is cut, in whatever order its pieces come, and wherever the viewer goes meanwhile: the frame is the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Unit } from "../../src/stage-messages";
import { Reel } from "../../src/stage/reel";
import { chunksOf, frameAfter, segmentsOf, type Second } from "./recording";

const SECONDS = 12;
const RUNS = Number(process.env["REEL_RUNS"] ?? 150);
const PATIENCE_MS = 60_000; // a busy machine
const second = fc.record({
  kind: fc.oneof({ weight: 6, arbitrary: fc.constant("changes" as const) }, { weight: 1, arbitrary: fc.constant("snapshot" as const) }, { weight: 1, arbitrary: fc.constant("lost" as const) }),
  changes: fc.array(fc.integer({ min: 50, max: 990 }), { minLength: 1, maxLength: 3 }),
});
const recording = fc.array(second, { minLength: 3, maxLength: SECONDS });
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: SECONDS }), { maxLength: 4 }).map((list) => new Set(list));
const moment = fc.integer({ min: 0, max: SECONDS * 1000 + 500 });

/** A viewer: the frame that a reel's moves have led to. */
class Viewer {
  frame: number[] | null = null;
  readonly reel = new Reel();

  go(atMs: number): number[] | null {
    const move = this.reel.move(atMs);
    if (move) this.frame = frameAfter(this.frame ?? [], move.events);
    return this.frame;
  }

  /** Play from the start, a tenth of a second at a time. */
  playTo(atMs: number): number[] | null {
    for (let ms = 0; ms < atMs; ms += 100) this.go(ms);
    return this.go(atMs);
  }
}

function played(units: Unit[], atMs: number): number[] | null {
  const viewer = new Viewer();
  viewer.reel.add(units);
  return viewer.playTo(atMs);
}

/** Pieces that come one after the other, and where the viewer goes between them. */
function visit(units: Unit[], moves: number[]): Viewer {
  const viewer = new Viewer();
  for (const [index, unit] of units.entries()) {
    viewer.reel.add([unit]);
    const atMs = moves[index % moves.length];
    if (atMs !== undefined) viewer.go(atMs);
  }
  return viewer;
}

/** For each segment: as such, as its chunks, or both, in an order of their own. */
const mixes = fc.array(fc.constantFrom("segment", "chunks", "both"), { minLength: SECONDS, maxLength: SECONDS });

function mixed(seconds: Second[], at: Set<number>, mix: string[], order: number[]): Unit[] {
  const chunks = chunksOf(seconds);
  const units = segmentsOf(seconds, at).flatMap((segment, index) => {
    const inside = chunks.slice(segment.seq, segment.upto);
    return mix[index] === "segment" ? [segment] : mix[index] === "chunks" ? inside : [...inside, segment];
  });
  return units.map((unit, index) => ({ unit, rank: order[index % order.length] ?? 0 })).sort((a, b) => a.rank - b.rank).map(({ unit }) => unit);
}

const order = fc.array(fc.integer(), { minLength: SECONDS * 2, maxLength: SECONDS * 2 });
const moves = fc.array(moment, { minLength: 1, maxLength: 8 });

describe("the reel, whatever the cut", () => {
  it("shows the frame that playing the chunks shows", () => {
    fc.assert(
      fc.property(recording, cuts, mixes, order, moves, fc.array(moment, { minLength: 1, maxLength: 5 }), (seconds, at, mix, ranks, wander, visits) => {
        const viewer = visit(mixed(seconds, at, mix, ranks), wander);
        for (const atMs of visits) expect(viewer.go(atMs)).toEqual(played(chunksOf(seconds), atMs));
      }),
      { numRuns: RUNS },
    );
  }, PATIENCE_MS);

  it("shows the same frame played, sought and resumed where segments are lost", () => {
    fc.assert(
      fc.property(recording, cuts, fc.nat(3), order, moves, fc.array(moment, { minLength: 1, maxLength: 5 }), (seconds, at, gone, ranks, wander, visits) => {
        const segments = segmentsOf(seconds, at).map((segment, index) => (index === gone ? { ...segment, body: null } : segment));
        const viewer = visit(segments.map((unit, index) => ({ unit, rank: ranks[index] ?? 0 })).sort((a, b) => a.rank - b.rank).map(({ unit }) => unit), wander);
        for (const atMs of visits) expect(viewer.go(atMs)).toEqual(played(segments, atMs));
      }),
      { numRuns: RUNS },
    );
  }, PATIENCE_MS);

  it("hands out each recorded event once while it plays through", () => {
    fc.assert(
      fc.property(recording.filter((seconds) => seconds.every(({ kind }, index) => kind === "changes" || index === 0)), cuts, (seconds, at) => {
        const reel = new Reel();
        reel.add(segmentsOf(seconds, at));
        const ids: number[] = [];
        for (let ms = 0; ms <= SECONDS * 1000 + 1000; ms += 100) {
          const move = reel.move(ms);
          expect(move?.restart).toBe(ms === 0);
          ids.push(...(move?.events ?? []).filter(({ type }) => type === 3).map(({ data }) => data.id as number));
        }
        expect(ids).toEqual(frameAfter([], chunksOf(seconds).flatMap((chunk) => JSON.parse(new TextDecoder().decode(chunk.body ?? undefined)))));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("segments on the reel", () => {
  const seconds: Second[] = Array.from({ length: 9 }, () => ({ kind: "changes" as const, changes: [100, 600] }));
  const segments = segmentsOf(seconds, new Set([3, 6]));

  it("play alone", () => {
    const viewer = new Viewer();
    viewer.reel.add(segments.slice(2));
    expect(viewer.go(8_300)).toEqual(played(chunksOf(seconds), 8_300));
  });

  it("that are no documents are said to be broken, and are holes from then on", () => {
    const reel = new Reel();
    const broken = { ...(segments[1] as Unit), body: new TextEncoder().encode("[1").buffer as ArrayBuffer };
    reel.add([segments[0] as Unit, broken, segments[2] as Unit]);
    expect(reel.move(1_000)?.isBlind).toBe(false);
    expect(reel.move(4_000)?.isBlind).toBe(true);
    expect(reel.takeBroken()).toEqual([{ seq: 3, upto: 6 }]);
    expect(reel.takeBroken()).toEqual([]);
    expect(reel.move(6_500)).toMatchObject({ isBlind: false, restart: true });
  });
});
