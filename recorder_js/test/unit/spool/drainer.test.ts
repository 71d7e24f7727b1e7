// @vitest-environment node
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSpoolChunk, HOST, NOW, rowOf, STREAM } from "./cast";
import { FakeLocks } from "./locks";
import { drain, type Post } from "../../../src/spool/drainer";
import { openSpool, type SpoolStore } from "../../../src/spool/store";
import { Flag, parseFrame, serializeControl, type Chunk, type Control, type Hello } from "../../../src/wire/frames";

const DAY_MS = 24 * 3_600_000;
let spool: SpoolStore;
let locks: FakeLocks;
let kept: Map<number, Chunk>;
let hellos: Hello[];
let posts: number;
let refuse: (chunk: Chunk) => string | null;
let now: number;

/** A server of one stream: keeps the first of each number, acks what is contiguous. */
const post: Post = async (host, frames) => {
  expect(host).toBe(HOST);
  posts++;
  const answers: Control[] = [];
  for (const bytes of frames) {
    const frame = parseFrame(bytes);
    if (frame.kind === "hello") hellos.push(frame.body);
    if (frame.kind !== "chunk") continue;
    const code = refuse(frame.body);
    if (code) answers.push({ kind: "nack", body: { stream: STREAM, seq: frame.body.seq, code, message: "", permanent: true } });
    else if (!kept.has(frame.body.seq)) kept.set(frame.body.seq, frame.body);
  }
  let upto = 0;
  while (kept.has(upto)) upto++;
  return [...answers, { kind: "ack", body: { stream: STREAM, upto } } as const].map(serializeControl);
};
const goaway = (code: string, after_ms = 0): Post => async () => [serializeControl({ kind: "goaway", body: { code, message: "", retry: after_ms > 0, after_ms } })];
const run = (how: Post = post, own: string[] = []): Promise<number | null> => drain({ spool, host: HOST, own: new Set(own), post: how, now: () => now });
const reasonOf = (chunk: Chunk | undefined): string => (JSON.parse(new TextDecoder().decode(chunk?.log)) as [{ reason: string }])[0].reason;

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("IDBKeyRange", IDBKeyRange);
  locks = new FakeLocks();
  vi.stubGlobal("navigator", { locks });
  spool = openSpool();
  kept = new Map();
  hellos = [];
  posts = 0;
  refuse = () => null;
  now = NOW + 120_000;
});
afterEach(() => vi.unstubAllGlobals());

const leave = (...seqs: number[]): Promise<number> => spool.put(rowOf(), seqs.map((seq) => createSpoolChunk(seq)));

describe("what a dead page left", () => {
  it("is sent under its own numbers, with its own secret, on its own clock, and then removed", async () => {
    await leave(...Array.from({ length: 150 }, (_, seq) => seq));
    expect(await run()).toBeNull();
    expect([...kept.keys()]).toEqual(Array.from({ length: 150 }, (_, seq) => seq));
    expect(hellos[0]).toEqual({ ...rowOf().hello, client_ms: now + 5 });
    expect(posts).toBe(3);
    expect(await spool.rows()).toEqual([]);
  });

  it("stays where it is while no server answers", async () => {
    await leave(0, 1);
    expect(await run(async () => null)).toBe(0);
    expect(await spool.read(STREAM, 0, 1e9)).toHaveLength(2);
  });

  it("stays as long as the server asks", async () => {
    await leave(0);
    expect(await run(goaway("over_quota", 90_000))).toBe(90_000);
    expect(await spool.rows()).toHaveLength(1);
  });

  it.each(["unknown_write_key", "erased", "wrong_secret"])("goes when the server says %s", async (code) => {
    await leave(0);
    expect(await run(goaway(code))).toBeNull();
    expect(await spool.rows()).toEqual([]);
  });

  it("goes after a day without a word to the server", async () => {
    await leave(0);
    now = NOW + DAY_MS + 1;
    expect(await run()).toBeNull();
    expect([posts, await spool.rows()]).toEqual([0, []]);
  });

  it("that is partly too old is told as gaps", async () => {
    await leave(0);
    now = NOW + DAY_MS + 1;
    await spool.put(rowOf({ at: now - 1 }), [{ ...createSpoolChunk(1), at: now - 1 }]);
    expect(await run()).toBeNull();
    expect([kept.get(0)?.flags, kept.get(1)?.flags]).toEqual([Flag.gap, 0]);
    expect(reasonOf(kept.get(0))).toBe("offline_cap");
  });

  it("is not touched while its page lives, or another page sends it", async () => {
    await leave(0);
    locks.hold(`playhead_stream_${STREAM}`);
    expect(await run()).toBeNull();
    expect(await run(post, [STREAM])).toBeNull();
    locks.letGo(`playhead_stream_${STREAM}`);
    locks.hold("playhead_drain");
    expect(await run()).toBeNull();
    expect([posts, (await spool.rows()).length]).toEqual([0, 1]);
  });

  it("waits for a page that knows its server", async () => {
    await spool.put(rowOf({ host: "https://other.example" }), [createSpoolChunk(0)]);
    expect(await run()).toBeNull();
    expect(await spool.rows()).toHaveLength(1);
  });

  it("becomes a gap where the server refuses it for good, and a refused gap is dropped", async () => {
    await leave(0, 1, 2);
    refuse = (chunk) => (chunk.seq === 1 && !(chunk.flags & Flag.gap) ? "bad_codec" : null);
    expect(await run()).toBeNull();
    expect(reasonOf(kept.get(1))).toBe("bad_codec");
    await leave(3, 4);
    refuse = (chunk) => (chunk.seq === 3 ? "too_late" : null);
    kept.set(3, kept.get(2) as Chunk);
    expect(await run()).toBeNull();
    expect(await spool.rows()).toEqual([]);
  });

  it("that lacks what the page lost is completed by gaps, once nothing can be on its way any more", async () => {
    await leave(2, 3);
    now = NOW + 1_000;
    expect(await run()).toBe(0);
    now = NOW + 120_000;
    expect(await run()).toBeNull();
    expect([...kept.values()].sort((one, other) => one.seq - other.seq).map((chunk) => chunk.flags)).toEqual([Flag.gap, Flag.gap, 0, 0]);
    expect(reasonOf(kept.get(0))).toBe("never_arrived");
  });

  it("is left alone without Web Locks until its page has been silent for a minute", async () => {
    vi.stubGlobal("navigator", {});
    await leave(0);
    now = NOW + 10_000;
    expect([await run(), posts]).toEqual([null, 0]);
    now = NOW + 61_000;
    expect([await run(), posts]).toEqual([null, 1]);
  });
});
