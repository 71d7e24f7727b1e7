import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, overlaps, put, type Piece } from "../src/pieces";

interface Held extends Piece {
  body: string | null;
}

const piece = (seq: number, upto: number, body: string | null = `${seq}-${upto}`): Held => ({ seq, upto, startMs: seq * 10, endMs: upto * 10 - 1, body });
const isHole = (each: Held): boolean => each.body === null;
const all = (pieces: Held[]): Held[] => pieces.reduce((held: Held[], each) => put(held, each, isHole), []);
const seqs = (held: Held[]) => held.map((each) => [each.seq, each.upto, each.body !== null]);

describe("put", () => {
  it("keeps what came first for the same seqs", () => {
    const held = all([piece(0, 1, "first"), piece(1, 2)]);
    expect(put(held, piece(0, 1, "second"), isHole)).toBe(held);
    expect(put(held, piece(0, 2), isHole)).toBe(held);
  });

  it("lets a segment take the place of some of its chunks", () => {
    expect(seqs(all([piece(1, 2), piece(4, 5), piece(9, 10), piece(0, 6)]))).toEqual([[0, 6, true], [9, 10, true]]);
  });

  it("puts bytes in the place of a hole, whole or in part", () => {
    expect(seqs(all([piece(0, 6, null), piece(2, 3)]))).toEqual([[0, 2, false], [2, 3, true], [3, 6, false]]);
    expect(seqs(all([piece(2, 3, null), piece(0, 6)]))).toEqual([[0, 6, true]]);
  });

  it("puts a hole only where nothing is, between the times of its neighbours", () => {
    const held = all([piece(1, 2), piece(3, 4), piece(0, 6, null)]);
    expect(held.map(({ seq, upto, startMs, endMs }) => [seq, upto, startMs, endMs])).toEqual([
      [0, 1, 0, 10],
      [1, 2, 10, 19],
      [2, 3, 19, 30],
      [3, 4, 30, 39],
      [4, 6, 39, 59],
    ]);
  });

  it("has no use for bytes that would cut others apart", () => {
    const held = all([piece(0, 4)]);
    expect(put(held, piece(2, 6), isHole)).toBe(held);
  });

  it("never overlaps, never loses bytes, whatever comes", () => {
    const pieces = fc.array(
      fc.record({ seq: fc.nat(20), length: fc.integer({ min: 1, max: 8 }), isHole: fc.boolean() }).map(({ seq, length, isHole }) => piece(seq, seq + length, isHole ? null : "x")),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(pieces, (come) => {
        let held: Held[] = [];
        for (const each of come) {
          const before = held;
          held = put(held, each, isHole);
          expect(held).toEqual([...held].sort((a, b) => a.seq - b.seq));
          for (const [index, one] of held.entries()) for (const other of held.slice(index + 1)) expect(overlaps(one, other)).toBe(false);
          for (const one of before.filter((known) => !isHole(known))) expect(covers(held.filter((known) => !isHole(known)), one)).toBe(true);
          if (isHole(each)) expect(covers(held, each)).toBe(true);
        }
      }),
    );
  });
});
