// @vitest-environment node
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chunkOf, HELLO, HOST, NOW, rowOf, SESSION, STREAM } from "./spool/cast";
import { FakeLocks } from "./spool/locks";
import { gapFor } from "../../src/gap";
import { createQueue, type Queue } from "../../src/queue";
import { openSpool, type SpoolStore } from "../../src/spool/store";
import { Connection } from "../../src/wire/connection";
import { Flag, parseFrame } from "../../src/wire/frames";

vi.setConfig({ testTimeout: 60_000 }); // some move 30 MiB, and machines differ

const KIB = 1_024;
const MIB = 1_048_576;
let now: number;
let spool: SpoolStore | null;
let locks: FakeLocks;
let connection: Connection;
let queue: Queue;
let failures: unknown[];
let snapshots: number;
let nextSeq: number;

const until = (check: () => boolean): Promise<void> => vi.waitFor(() => expect(check()).toBe(true), { timeout: 20_000, interval: 5 });
const held = (): number[] => connection.unacked.map((one) => one.seq);
const stored = async (): Promise<number[]> => (await openSpool().read(STREAM, 0, 1e9)).map((chunk) => chunk.seq);
const total = async (): Promise<number> => (await openSpool().read(STREAM, 0, 1e9)).reduce((sum, chunk) => sum + chunk.bytes.length, 0);
function push(count: number, length = 256 * KIB, flags = 0): void {
  for (let i = 0; i < count; i++, nextSeq++) queue.push(nextSeq, chunkOf(nextSeq, length, flags), flags);
}
/** The server keeps all below a seq. */
function ack(upto: number): void {
  const said = connection as unknown as { acked(upto: number, now: number): unknown };
  said.acked(upto, now);
  queue.acked(upto);
}

beforeEach(async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("IDBKeyRange", IDBKeyRange);
  locks = new FakeLocks();
  vi.stubGlobal("navigator", { locks });
  now = NOW;
  spool = openSpool();
  await spool.open(); // this test's own: what an earlier one still writes goes elsewhere
  failures = [];
  snapshots = nextSeq = 0;
  connection = new Connection({ stream: STREAM, hello: () => new Uint8Array(), gap: gapFor, random: () => 0.5 });
  queue = createQueue({
    connection,
    keep: (seq, bytes, flags) => void connection.keep(seq, bytes, flags, now),
    spool: () => spool,
    onSpoolFailed: (error) => {
      failures.push(error);
      spool = null;
    },
    describe: () => ({ stream: STREAM, host: HOST, hello: HELLO, skewMs: 0 }),
    own: new Set([STREAM]),
    now: () => now,
    onSnapshotWanted: () => void snapshots++,
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("while all is well", () => {
  it("touches no disk and holds no lock", async () => {
    connection.state = "open";
    push(3);
    now += 1_000;
    queue.tick();
    ack(3);
    now += 1_000;
    queue.tick();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await stored()).toEqual([]);
    expect(locks.isHeld(`playhead_stream_${STREAM}`)).toBe(false);
  });
});

describe("while no ack comes", () => {
  it("copies what is held to the disk after a few seconds, and removes it with the ack", async () => {
    connection.state = "open";
    push(3, 100);
    for (let s = 0; s < 5; s++, now += 1_000) queue.tick();
    await until(() => locks.isHeld(`playhead_stream_${STREAM}`));
    await vi.waitFor(async () => expect(await stored()).toEqual([0, 1, 2]));
    ack(2);
    queue.tick();
    await vi.waitFor(async () => expect(await stored()).toEqual([2]));
    ack(3);
    queue.tick();
    await until(() => !locks.isHeld(`playhead_stream_${STREAM}`));
    expect(await openSpool().rows()).toEqual([]);
  });

  it("keeps the front in memory and the rest on disk, and brings it back in order", async () => {
    push(30);
    expect(connection.heldBytes).toBeLessThanOrEqual(2 * MIB);
    await vi.waitFor(async () => expect(Math.max(...(await stored()))).toBe(29), { timeout: 20_000 });
    expect(queue.memoryBytes).toBeLessThanOrEqual(4 * MIB);
    for (let upto = 1; upto <= 30; upto++) {
      await until(() => held()[0] === upto - 1);
      expect(held()).toEqual([...held().keys()].map((index) => upto - 1 + index));
      expect(connection.heldBytes).toBeLessThan(4 * MIB);
      expect(parseFrame(connection.unacked[0]?.bytes as Uint8Array)).toMatchObject({ body: { seq: upto - 1, flags: 0 } });
      ack(upto);
    }
    queue.tick();
    await vi.waitFor(async () => expect(await openSpool().rows()).toEqual([]));
    expect([failures, snapshots]).toEqual([[], 0]);
  });

  it("says when nothing is on disk only: then a stream may end", async () => {
    push(20);
    const then = vi.fn();
    queue.whenInFront(then);
    expect(then).not.toHaveBeenCalled();
    for (let upto = 1; upto <= 20; upto++) {
      await until(() => held()[0] === upto - 1);
      ack(upto);
    }
    await until(() => then.mock.calls.length > 0);
  });

  it("asks for a full snapshot every 8 MiB, so that a gap has an end", () => {
    push(60);
    expect(snapshots).toBe(1);
  });

  it("says a gap under the number of a record that is gone", async () => {
    push(20);
    await vi.waitFor(async () => expect(Math.max(...(await stored()))).toBe(19), { timeout: 20_000 });
    await until(() => queue.memoryBytes === 2 * MIB); // nothing waits for the disk any more
    await openSpool().remove(STREAM, 12, rowOf());
    const first = connection.unacked.length;
    ack(first);
    await until(() => held().length >= 4);
    expect(held()[0]).toBe(first);
    expect(connection.unacked.map((one) => one.flags & Flag.gap)).toEqual(held().map((seq) => (seq < 12 ? Flag.gap : 0)));
  });
});

describe("when the disk holds 28 MiB", () => {
  const reasonOf = (bytes: Uint8Array): string => {
    const frame = parseFrame(bytes);
    if (frame.kind !== "chunk") throw new Error("no chunk");
    return (JSON.parse(new TextDecoder().decode(frame.body.log)) as [{ reason: string }])[0].reason;
  };
  const fill = async (mib: number, flagsOf: (index: number) => number): Promise<void> => {
    for (let i = 0; i < mib; i++) {
      push(1, 256 * KIB, flagsOf(i));
      push(3);
      await vi.waitFor(async () => expect(queue.memoryBytes).toBeLessThanOrEqual(2 * MIB), { timeout: 20_000 });
    }
  };

  it("the oldest goes, up to a full snapshot, and says so under each number", async () => {
    await fill(34, (index) => (index % 6 === 5 ? Flag.snapshot : 0));
    await vi.waitFor(async () => expect(await total()).toBeLessThanOrEqual(32 * MIB), { timeout: 20_000 });
    const chunks = await openSpool().read(STREAM, 0, 1e9);
    const gaps = chunks.filter((chunk) => chunk.flags & Flag.gap);
    expect(gaps.length).toBeGreaterThan(4 * 4);
    expect(gaps.every((chunk) => reasonOf(chunk.bytes) === "offline_cap")).toBe(true);
    const last = gaps[gaps.length - 1]?.seq ?? 0;
    expect(chunks.find((chunk) => chunk.seq === last + 1)?.flags).toBe(Flag.snapshot);
    expect(chunks.map((chunk) => chunk.seq)).toEqual([...chunks.keys()].map((index) => (chunks[0]?.seq ?? 0) + index));
  });

  it("what a dead page left goes first", async () => {
    const other = "ff".repeat(16);
    const old = Array.from({ length: 24 }, (_, seq) => ({ seq, bytes: chunkOf(seq, 256 * KIB, 0, other), flags: 0, at: NOW }));
    await openSpool().put(rowOf({ stream: other, bytes: 6.1 * MIB, at: NOW - 1_000 }), old);
    await fill(26, () => 0);
    await vi.waitFor(async () => expect((await openSpool().read(other, 0, 1e9)).every((chunk) => chunk.flags & Flag.gap)).toBe(true), { timeout: 20_000 });
    expect((await openSpool().read(STREAM, 0, 1e9)).filter((chunk) => chunk.flags & Flag.gap)).toEqual([]);
  });
});

describe("when the disk fails", () => {
  it("what waited for it stays in memory, what was on it only becomes gaps, and a full snapshot follows", async () => {
    push(20);
    await vi.waitFor(async () => expect(Math.max(...(await stored()))).toBe(19), { timeout: 20_000 });
    const front = connection.unacked.length;
    vi.spyOn(spool as SpoolStore, "put").mockRejectedValue(new DOMException("full", "QuotaExceededError"));
    push(4);
    await until(() => failures.length === 1);
    expect(held()).toEqual([...Array(24).keys()]);
    expect(connection.unacked.map((one) => one.flags & Flag.gap)).toEqual(held().map((seq) => (seq >= front && seq < 20 ? Flag.gap : 0)));
    expect(snapshots).toBe(1);
    push(1);
    expect(held()).toHaveLength(25);
  });

  it("before anything was on it, nothing is lost", async () => {
    vi.stubGlobal("indexedDB", undefined);
    spool = openSpool();
    push(20);
    await until(() => failures.length === 1);
    expect(held()).toEqual([...Array(20).keys()]);
    expect(connection.unacked.some((one) => one.flags & Flag.gap)).toBe(false);
    expect(snapshots).toBe(0);
  });
});

describe("a page that leaves", () => {
  it("puts all on disk at once and lets go of its lock", async () => {
    push(3, 100);
    queue.leave();
    spool?.close();
    expect(locks.isHeld(`playhead_stream_${STREAM}`)).toBe(false);
    await vi.waitFor(async () => expect(await stored()).toEqual([0, 1, 2]));
    expect((await openSpool().rows())[0]).toMatchObject({ stream: STREAM, host: HOST, hello: { session: SESSION } });
  });

  it("forgets what nobody will want", async () => {
    connection.state = "open";
    push(3, 100);
    queue.copy();
    await vi.waitFor(async () => expect(await stored()).toEqual([0, 1, 2]));
    queue.forget();
    await vi.waitFor(async () => expect(await openSpool().rows()).toEqual([]));
    expect(await stored()).toEqual([]);
  });
});
