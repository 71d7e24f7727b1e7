// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { checkChunk, checkHello } from "../../../src/wire/checks";
import { BadBody, deflate, inflate } from "../../../src/wire/codec";
import { BadFrame, Kind, packFrames, parseFrame, serializeChunk, unpackFrames, type ChunkHeader } from "../../../src/wire/frames";
import { decodeRecords, parseRecords, serializeRecords, type BodyRecord } from "../../../src/wire/records";
import { WireError } from "../../../src/wire/refusals";
import { chunk, makeConnection, open, STREAM } from "./says";

vi.setConfig({ testTimeout: 60_000 }); // thousands of cases, on machines that do other things as well

const RUNS = { numRuns: 1_000 };
const FEW = { numRuns: 100 }; // what waits for streams
const bytes = fc.uint8Array({ maxLength: 400 });
const u8 = fc.nat(255);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const time = fc.double({ noNaN: true });
const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((raw) => Buffer.from(raw).toString("hex"));
const header: fc.Arbitrary<ChunkHeader> = fc.record({
  ...{ flags: u8, domCodec: u8, logCodec: u8, session: hex(16), stream: hex(16), seq: u32, partIndex: u16, partCount: u16 },
  ...{ domRawLength: u32, logRawLength: u32, domEvents: u32, firstMs: time, lastMs: time, wallMs: time, monoMs: time },
});

/** Return what a call throws; null: nothing. */
function thrown(call: () => unknown): unknown {
  try {
    call();
    return null;
  } catch (error) {
    return error;
  }
}

describe("whatever bytes come", () => {
  it("are a frame, or BadFrame", () => {
    const framed = fc.tuple(fc.nat(10), fc.oneof(bytes, fc.json().map((text) => new TextEncoder().encode(text))));
    fc.assert(
      fc.property(framed, ([kind, body]) => {
        const error = thrown(() => parseFrame(Uint8Array.of(kind, ...body)));
        expect(error === null || error instanceof BadFrame).toBe(true);
      }),
      RUNS,
    );
  });

  it("are a chunk or a hello, or refused by code", () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        for (const check of [checkChunk, checkHello]) {
          const error = thrown(() => check(Uint8Array.of(Kind.chunk, ...raw)));
          expect(error === null || error instanceof WireError).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it("are frames one after the other, or BadFrame", () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const error = thrown(() => expect(packFrames(unpackFrames(raw))).toEqual(raw));
        expect(error === null || error instanceof BadFrame).toBe(true);
      }),
      RUNS,
    );
  });

  it("are records, or BadBody", () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const error = thrown(() => parseRecords(raw));
        expect(error === null || error instanceof BadBody).toBe(true);
      }),
      RUNS,
    );
  });

  it("inflate within the bound, or are BadBody", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4), bytes, fc.nat(500), fc.boolean(), async (codec, raw, most, isPacked) => {
        try {
          const opened = await inflate(codec, isPacked ? await deflate(raw) : raw, most);
          expect(opened.length).toBeLessThanOrEqual(most);
          if (codec === 2 && isPacked) expect(opened).toEqual(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(BadBody);
          if (codec === 2 && isPacked) expect(raw.length).toBeGreaterThan(most);
        }
      }),
      FEW,
    );
  });
});

describe("what is written", () => {
  it("is read again as it was, and any flipped bit is noticed", () => {
    fc.assert(
      fc.property(header, bytes, bytes, fc.nat(), fc.nat(7), (given, dom, log, at, bit) => {
        const frame = serializeChunk(given, dom, log);
        const parsed = parseFrame(frame);
        expect(parsed).toMatchObject({ kind: "chunk", body: { seq: given.seq, stream: given.stream, dom, log, firstMs: given.firstMs } });
        const place = at % frame.length;
        frame[place] = (frame[place] as number) ^ (1 << bit);
        const after = thrown(() => parseFrame(frame));
        expect(after instanceof BadFrame || place === 0).toBe(true); // another kind is read as JSON, or not at all
      }),
      RUNS,
    );
  });

  it("is a record again, and its events or none", async () => {
    const record: fc.Arbitrary<BodyRecord> = fc.record({
      ...{ seq: u32, codec: fc.constantFrom(0, 1, 2, 255), flags: u8, partIndex: fc.nat(2), partCount: fc.nat(3), rawLength: fc.nat(400) },
      body: fc.oneof(bytes, fc.array(fc.jsonValue()).map((value) => new TextEncoder().encode(JSON.stringify(value)))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 6 }), async (records) => {
        const read = parseRecords(serializeRecords(records));
        expect(read).toEqual(records);
        const { runs } = await decodeRecords(read);
        expect(runs.every((run) => run.events === null || Array.isArray(run.events))).toBe(true);
      }),
      FEW,
    );
  });
});

describe("whatever a server says", () => {
  const value = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double(), fc.jsonValue(), fc.constantFrom("3", true, [4], undefined));
  const names = ["upto", "seq", "next_seq", "window_bytes", "window_chunks", "heartbeat_s", "after_ms", "client_ms", "code", "retry", "permanent"];
  const said = fc.record({
    kind: fc.constantFrom(...Object.values(Kind), 77),
    body: fc.record(Object.fromEntries(names.map((name) => [name, value]))),
  });
  const act = fc.oneof(said, fc.constantFrom("keep", "tick", "closed", "opened", "hurry", "suspend", "start"));

  it("what is not acked stays held, once, in order", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const connection = makeConnection(() => 0.5);
        open(connection);
        let [now, seq] = [0, 0];
        for (const one of acts) {
          now += 700;
          if (one === "keep") connection.keep(seq, chunk(seq++), 0, now);
          else if (one === "suspend") connection.suspend();
          else if (typeof one === "string") connection[one](now);
          else connection.received(Uint8Array.of(one.kind, ...new TextEncoder().encode(JSON.stringify({ stream: STREAM, ...one.body }))), now);
          const held = connection.unacked;
          expect(typeof connection.nextSeq).toBe("number");
          expect(connection.heldBytes).toBe(held.reduce((sum, each) => sum + each.bytes.length, 0));
          expect(held.every((each, place) => each.seq >= connection.nextSeq && (place === 0 || each.seq > (held[place - 1]?.seq ?? -1)))).toBe(true);
        }
      }),
      RUNS,
    );
  });
});
