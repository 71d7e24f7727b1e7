// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Draft } from "../../src/buffer";
import { LIMITS } from "../../src/config";
import { createEncoder, type Body, type Encode } from "../../src/encode";
import { createNumbering, type Numbering } from "../../src/numbering";
import { inflate } from "../../src/wire/codec";
import { Codec, Flag, parseFrame, type Chunk } from "../../src/wire/frames";
import { MAX_FRAME_BYTES } from "../../src/wire/limits";

const draft = (dom: string, log = "", flags = 0): Draft => ({ dom, log, domEvents: dom ? 1 : 0, flags, firstMs: 1, lastMs: 2, wallMs: 3, monoMs: 4 });
const encode = createEncoder({ mayUseWorker: false, onNoWorker: () => undefined });

interface Numbers extends Numbering {
  chunks: Chunk[];
  lost: boolean[];
  until: (count: number) => Promise<void>;
}

function numbering(how: Encode = encode, hasRoom = (): boolean => true, takesColumns = (): boolean => false): Numbers {
  const chunks: Chunk[] = [];
  let wake: () => void = () => undefined;
  const onChunk = (seq: number, bytes: Uint8Array): void => {
    const frame = parseFrame(bytes);
    if (frame.kind !== "chunk" || frame.body.seq !== seq || bytes.length > MAX_FRAME_BYTES) throw new Error("a wrong frame");
    chunks.push(frame.body);
    wake();
  };
  const numbers = createNumbering({
    session: "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d",
    stream: "00".repeat(16),
    encode: how,
    takesColumns,
    hasRoom,
    onChunk,
    onLost: (isSnapshot) => void mine.lost.push(isSnapshot),
  });
  const mine: Numbers = Object.assign(Object.create(numbers) as Numbering, {
    chunks,
    lost: [],
    until: async (count: number) => {
      while (chunks.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  });
  return mine;
}

async function text(...chunks: Chunk[]): Promise<string> {
  const pieces = await Promise.all(chunks.map((chunk) => inflate(chunk.domCodec, chunk.dom, 1e8)));
  return Buffer.concat(pieces).toString();
}

const plainly: Encode = (raw) => Promise.resolve({ codec: Codec.json, rawLength: raw.length, bytes: raw.subarray(0, 1) }); // as if it compressed well
const reasons = (chunk: Chunk): string[] => (JSON.parse(new TextDecoder().decode(chunk.log)) as { reason: string }[]).map((event) => event.reason);

describe("numbers", () => {
  it("are given in order, whichever body is ready first", async () => {
    const slow: Encode = (raw) => new Promise((resolve) => setTimeout(() => resolve({ codec: raw.length ? Codec.json : Codec.empty, rawLength: raw.length, bytes: raw }), raw.length > 3 ? 20 : 0));
    const numbers = numbering(slow);
    numbers.add(draft("[1]  "));
    numbers.add(draft("[2]"));
    await numbers.until(2);
    expect(await Promise.all(numbers.chunks.map((chunk) => text(chunk)))).toEqual(["[1]  ", "[2]"]);
    expect(numbers.chunks.map((chunk) => chunk.seq)).toEqual([0, 1]);
  });

  it("go to bytes made at once when the page leaves, and the compressor's late answer is thrown away", async () => {
    const answers: ((body: Body) => void)[] = [];
    const numbers = numbering(() => new Promise((resolve) => answers.push(resolve)));
    numbers.add(draft("[1]", "[{}]", Flag.final));
    expect(numbers.flush(1_000)).toBe(true);
    expect(numbers.chunks.map((chunk) => [chunk.seq, chunk.domCodec, chunk.logCodec, chunk.flags])).toEqual([[0, Codec.json, Codec.json, Flag.final]]);
    for (const answer of answers) answer({ codec: Codec.json, rawLength: 3, bytes: new TextEncoder().encode("[9]") });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(numbers.chunks).toHaveLength(1);
    expect(await text(...numbers.chunks)).toBe("[1]");
  });
});

describe("bodies", () => {
  it("are compressed when that makes them smaller", async () => {
    const numbers = numbering();
    numbers.add(draft(`["${"word ".repeat(500)}"]`, "[{}]"));
    await numbers.until(1);
    const [chunk] = numbers.chunks;
    expect([chunk?.domCodec, chunk?.logCodec]).toEqual([Codec.gzip, Codec.json]);
    expect(await text(chunk as Chunk)).toBe(`["${"word ".repeat(500)}"]`);
  });

  it("too large for a chunk go in parts, the log with the first, flags where they belong", async () => {
    const numbers = numbering();
    const body = `["${"é".repeat(LIMITS.partBytes)}"]`;
    numbers.add(draft(body, "[{}]", Flag.snapshot | Flag.final));
    await numbers.until(3);
    expect(numbers.chunks.map((chunk) => [chunk.seq, chunk.partIndex, chunk.partCount, chunk.flags, chunk.domEvents, chunk.logRawLength])).toEqual([
      [0, 0, 3, Flag.snapshot, 1, 4],
      [1, 1, 3, 0, 0, 0],
      [2, 2, 3, Flag.final, 0, 0],
    ]);
    expect(await text(...numbers.chunks)).toBe(body);
  });

  it("that chance filled still fit the protocol's frame", async () => {
    const numbers = numbering();
    const noise = Array.from({ length: 400_000 }, () => String.fromCharCode(35 + Math.floor(Math.random() * 57))).join("");
    numbers.add(draft(noise));
    numbers.flush(1e6);
    expect(numbers.chunks).toHaveLength(2);
  });

  it("of a large event come as there is room, and what comes after waits for its turn", async () => {
    let room = false;
    const numbers = numbering(encode, () => room);
    numbers.add(draft(`["${"é".repeat(LIMITS.partBytes)}"]`));
    numbers.add(draft("[2]"));
    await numbers.until(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(numbers.chunks).toHaveLength(1);
    expect(numbers.isInParts).toBe(true);
    room = true;
    numbers.resume();
    await numbers.until(4);
    expect(numbers.chunks.map((chunk) => [chunk.seq, chunk.partIndex, chunk.partCount])).toEqual([[0, 0, 3], [1, 1, 3], [2, 2, 3], [3, 0, 1]]);
  });

  it("are whole when a page that leaves numbers the rest of a large event at once", async () => {
    const numbers = numbering(encode, () => false);
    const body = `["${"é".repeat(LIMITS.partBytes)}"]`;
    numbers.add(draft(body, "[{}]", Flag.final));
    await numbers.until(1);
    expect(numbers.flush(1e6)).toBe(true);
    expect(numbers.chunks.map((chunk) => [chunk.partIndex, chunk.partCount, chunk.flags])).toEqual([[0, 3, 0], [1, 3, 0], [2, 3, Flag.final]]);
    expect(await text(...numbers.chunks)).toBe(body);
  });

  it("that a page has no time for become gaps under the numbers that they would have had", async () => {
    const numbers = numbering(encode, () => false);
    numbers.add(draft(`["${"é".repeat(LIMITS.partBytes)}"]`, "[{}]", Flag.final));
    numbers.add(draft("[2]"));
    await numbers.until(1);
    expect(numbers.flush(100_000)).toBe(false);
    expect(numbers.chunks.map((chunk) => [chunk.seq, chunk.flags])).toEqual([[0, 0], [1, Flag.gap], [2, Flag.gap | Flag.final], [3, 0]]);
    expect(reasons(numbers.chunks[1] as Chunk)).toEqual(["too_large"]);
  });

  it.each([0.1, 1, 10, 50])("of an event of %s MB are all numbered, and joined they are the event", async (mb) => {
    const numbers = numbering();
    const piece = "0123456789abcdef ünïcödé 😀 ";
    const body = `["${piece.repeat(Math.ceil((mb * 1e6) / piece.length))}"]`;
    numbers.add(draft(body));
    await new Promise<void>((resolve) => numbers.whenEmpty(resolve));
    expect(numbers.chunks.filter((chunk) => chunk.flags & Flag.gap)).toEqual([]);
    expect(numbers.chunks.every((chunk) => chunk.partCount === numbers.chunks.length)).toBe(true);
    expect((await text(...numbers.chunks)) === body).toBe(true);
  }, 30_000);

  it("beyond what a set of parts may hold become a gap that says so, and the log stays", async () => {
    const numbers = numbering(plainly);
    numbers.add(draft("x".repeat(LIMITS.partBytes * 256), "[{}]"));
    await numbers.until(256);
    numbers.add(draft("x".repeat(LIMITS.partBytes * 256 + 1), "[{}]"));
    numbers.add(draft("[1]"));
    await numbers.until(259);
    expect(numbers.chunks.slice(256).map((chunk) => chunk.flags)).toEqual([Flag.gap, 0, 0]);
    expect(reasons(numbers.chunks[256] as Chunk)).toEqual(["too_large"]);
    expect(numbers.lost).toEqual([false]);
  });

  it("of a full snapshot beyond that say so: another at once would be as large", async () => {
    const numbers = numbering(plainly);
    numbers.add(draft("x".repeat(LIMITS.partBytes * 256 + 1), "", Flag.snapshot));
    await numbers.until(1);
    expect(numbers.lost).toEqual([true]);
  });
});

describe("columns", () => {
  it("are made of whole bodies of dom alone, and only where the server takes them", async () => {
    const asked: string[] = [];
    let takes = false;
    const how: Encode = (raw, asColumns) => {
      asked.push(`${new TextDecoder().decode(raw.subarray(0, 3))} ${asColumns ?? false}`);
      return encode(raw);
    };
    const numbers = numbering(how, () => true, () => takes); // prettier-ignore
    numbers.add(draft("[1]", "[2]"));
    await numbers.until(1);
    takes = true;
    numbers.add(draft("[3]", "[4]"));
    numbers.add(draft("5".repeat(LIMITS.partBytes + 1)));
    await numbers.until(4);
    expect(asked.filter((each) => !each.startsWith(" "))).toEqual(["[1] false", "[2] false", "[3] true", "[4] false", "555 false", "5 false"]);
  });
});
