// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Draft } from "../../src/buffer";
import { LIMITS } from "../../src/config";
import { createEncoder, type Body } from "../../src/encode";
import { createNumbering } from "../../src/numbering";
import { inflate } from "../../src/wire/codec";
import { Codec, Flag, parseFrame, type Chunk } from "../../src/wire/frames";
import { MAX_FRAME_BYTES } from "../../src/wire/limits";

const draft = (dom: string, log = "", flags = 0): Draft => ({ dom, log, domEvents: dom ? 1 : 0, flags, firstMs: 1, lastMs: 2, wallMs: 3, monoMs: 4 });
const encode = createEncoder({ mayUseWorker: false, onNoWorker: () => undefined });

function numbering(how: (text: string) => Promise<Body[]> = encode): { chunks: Chunk[]; add: (draft: Draft) => void; flush: () => void; until: (count: number) => Promise<void> } {
  const chunks: Chunk[] = [];
  let wake: () => void = () => undefined;
  const onChunk = (seq: number, bytes: Uint8Array): void => {
    const frame = parseFrame(bytes);
    if (frame.kind !== "chunk" || frame.body.seq !== seq || bytes.length > MAX_FRAME_BYTES) throw new Error("a wrong frame");
    chunks.push(frame.body);
    wake();
  };
  const numbers = createNumbering({ session: "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d", stream: "00".repeat(16), encode: how, onChunk });
  return {
    chunks,
    add: numbers.add,
    flush: numbers.flush,
    until: async (count) => {
      while (chunks.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function text(...chunks: Chunk[]): Promise<string> {
  const pieces = await Promise.all(chunks.map((chunk) => inflate(chunk.domCodec, chunk.dom, 1e8)));
  return Buffer.concat(pieces).toString();
}

describe("numbers", () => {
  it("are given in order, whichever body is ready first", async () => {
    const answers: (() => void)[] = [];
    const slow = (body: string): Promise<Body[]> =>
      new Promise((resolve) => answers.push(() => resolve([{ codec: body ? Codec.json : Codec.empty, rawLength: body.length, bytes: new TextEncoder().encode(body) }])));
    const numbers = numbering(slow);
    numbers.add(draft("[1]"));
    numbers.add(draft("[2]"));
    for (const answer of answers.reverse()) answer();
    await numbers.until(2);
    expect(await Promise.all(numbers.chunks.map((chunk) => text(chunk)))).toEqual(["[1]", "[2]"]);
    expect(numbers.chunks.map((chunk) => chunk.seq)).toEqual([0, 1]);
  });

  it("go to bytes made at once when the page leaves, and the compressor's late answer is thrown away", async () => {
    const answers: ((bodies: Body[]) => void)[] = [];
    const numbers = numbering(() => new Promise((resolve) => answers.push(resolve)));
    numbers.add(draft("[1]", "[{}]", Flag.final));
    numbers.flush();
    expect(numbers.chunks.map((chunk) => [chunk.seq, chunk.domCodec, chunk.logCodec, chunk.flags])).toEqual([[0, Codec.json, Codec.json, Flag.final]]);
    for (const answer of answers) answer([{ codec: Codec.json, rawLength: 3, bytes: new TextEncoder().encode("[9]") }]);
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
    numbers.flush();
    expect(numbers.chunks).toHaveLength(2);
  });

  it("beyond what a set of parts may hold become a gap that says so", () => {
    const numbers = numbering(() => new Promise(() => undefined));
    numbers.add(draft("x".repeat(LIMITS.partBytes * 257), "[{}]"));
    numbers.flush();
    expect(numbers.chunks.map((chunk) => chunk.flags)).toEqual([Flag.gap, 0]);
    expect(JSON.parse(new TextDecoder().decode(numbers.chunks[0]?.log))).toMatchObject([{ type: "gap", reason: "too_large", body: "dom" }]);
  });
});
