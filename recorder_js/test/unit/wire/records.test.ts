// @vitest-environment node
import { describe, expect, it } from "vitest";
import { deflate } from "../../../src/wire/codec";
import { Codec } from "../../../src/wire/frames";
import { decodeRecords, type BodyRecord } from "../../../src/wire/records";

const record = (seq: number, body: Uint8Array, more: Partial<BodyRecord> = {}): BodyRecord => ({
  seq,
  codec: Codec.json,
  flags: 0,
  partIndex: 0,
  partCount: 1,
  rawLength: body.length,
  body,
  ...more,
});
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("decoding records", () => {
  it("gives events, and null where bytes are missing", async () => {
    const zipped = await deflate(json([{ n: 2 }]));
    const { runs } = await decodeRecords([
      record(0, json([{ n: 1 }])),
      record(1, new Uint8Array(), { codec: Codec.missing }),
      record(2, zipped, { codec: Codec.gzip }),
      record(3, new Uint8Array(), { codec: Codec.empty }),
    ]);
    expect(runs.map((run) => run.events)).toEqual([[{ n: 1 }], null, [{ n: 2 }], []]);
  });

  it("joins parts that are cut inside a character", async () => {
    const raw = json([{ word: "Zoë" }]);
    const cut = raw.indexOf(0xc3) + 1;
    const parts = [record(4, raw.subarray(0, cut), { partCount: 2 }), record(5, raw.subarray(cut), { partIndex: 1, partCount: 2 })];
    const { runs, rest } = await decodeRecords(parts);
    expect(runs).toEqual([{ seq: 4, count: 2, flags: 0, events: [{ word: "Zoë" }] }]);
    expect(rest).toEqual([]);
  });

  it("keeps parts back whose end is not here yet", async () => {
    const first = record(4, json([1]), { partCount: 2 });
    const { runs, rest } = await decodeRecords([record(3, json([0])), first]);
    expect(runs).toHaveLength(1);
    expect(rest).toEqual([first]);
  });

  it("gives up parts of which one became a gap", async () => {
    const { runs } = await decodeRecords([
      record(4, json([1]), { partCount: 2 }),
      record(5, new Uint8Array(), { codec: Codec.empty, flags: 4 }),
      record(6, json([2])),
    ]);
    expect(runs.map((run) => run.events)).toEqual([null, [], [2]]);
  });

  it("gives null for what is no array", async () => {
    const { runs } = await decodeRecords([record(0, json({ no: "array" })), record(1, new TextEncoder().encode("[1"))]);
    expect(runs.map((run) => run.events)).toEqual([null, null]);
  });
});
