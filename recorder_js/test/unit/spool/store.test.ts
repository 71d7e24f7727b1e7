// @vitest-environment node
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { beforeEach, expect, it, vi } from "vitest";
import { createSpoolChunk, rowOf, SESSION, STREAM } from "./cast";
import { openSpool, type SpoolStore } from "../../../src/spool/store";
import { Flag, parseFrame } from "../../../src/wire/frames";

let spool: SpoolStore;

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("IDBKeyRange", IDBKeyRange);
  spool = openSpool();
});

const seqs = async (from = 0, bytes = 1e9): Promise<number[]> => (await spool.read(STREAM, from, bytes)).map((chunk) => chunk.seq);

it("gives back in order what was put, also after the database was let go", async () => {
  await spool.put(rowOf(), [2, 0, 1, 10].map((seq) => createSpoolChunk(seq)));
  spool.close();
  expect(await seqs()).toEqual([0, 1, 2, 10]);
  expect(await seqs(2)).toEqual([2, 10]);
  expect((await spool.read(STREAM, 1, 1e9))[0]).toEqual(createSpoolChunk(1));
  expect(await spool.rows()).toEqual([rowOf()]);
});

it("reads so many bytes and one chunk more", async () => {
  await spool.put(rowOf(), [0, 1, 2, 3].map((seq) => createSpoolChunk(seq, 1_000)));
  expect(await seqs(0, 1_500)).toEqual([0, 1]);
});

it("says how much there is of all streams", async () => {
  expect(await spool.put(rowOf({ bytes: 10 }), [])).toBe(10);
  expect(await spool.put(rowOf({ stream: "ff".repeat(16), bytes: 20 }), [])).toBe(30);
});

it("removes what was acked, and with the last of it the row; never what another stream has", async () => {
  const other = "ff".repeat(16);
  await spool.put(rowOf({ stream: other }), [createSpoolChunk(0)]);
  await spool.put(rowOf(), [0, 1, 2].map((seq) => createSpoolChunk(seq)));
  await spool.remove(STREAM, 2, rowOf({ bytes: 1 }));
  expect(await seqs()).toEqual([2]);
  await spool.remove(STREAM, Infinity, null);
  expect((await spool.rows()).map((row) => row.stream)).toEqual([other]);
  expect(await spool.read(other, 0, 1e9)).toHaveLength(1);
});

it("thins by gaps under the same numbers, up to the next full snapshot", async () => {
  const flags = [Flag.snapshot, 0, 0, 0, Flag.snapshot, 0];
  await spool.put(rowOf({ bytes: 6_000 }), flags.map((flag, seq) => createSpoolChunk(seq, 1_000, flag)));
  const thinned = await spool.thin(rowOf({ bytes: 6_000 }), 1, 1_500);
  expect([...thinned.sizes.keys()]).toEqual([1, 2, 3]);
  expect(thinned.isOpenEnded).toBe(false);
  const chunks = await spool.read(STREAM, 0, 1e9);
  expect(chunks.map((chunk) => chunk.flags)).toEqual([Flag.snapshot, Flag.gap, Flag.gap, Flag.gap, Flag.snapshot, 0]);
  const gap = parseFrame(chunks[2]?.bytes as Uint8Array);
  if (gap.kind !== "chunk") throw new Error("no chunk");
  expect(gap.body).toMatchObject({ session: SESSION, stream: STREAM, seq: 2, flags: Flag.gap, partCount: 1, domRawLength: 0 });
  expect(JSON.parse(new TextDecoder().decode(gap.body.log))).toMatchObject([{ type: "gap", reason: "offline_cap", body: "both" }]);
  expect((await spool.rows())[0]?.bytes).toBe(6_000 - thinned.freed);
});

it("says when no full snapshot follows what was thinned", async () => {
  await spool.put(rowOf(), [0, 1].map((seq) => createSpoolChunk(seq)));
  expect((await spool.thin(rowOf(), 0, 1)).isOpenEnded).toBe(true);
});

it("is rejected, and no more, where the browser has no database, denies it, or never answers", async () => {
  vi.stubGlobal("indexedDB", { open: () => { throw new DOMException("denied", "SecurityError"); } });
  await expect(openSpool().rows()).rejects.toThrow("denied");
  vi.stubGlobal("indexedDB", undefined);
  await expect(openSpool().put(rowOf(), [])).rejects.toThrow();
  vi.useFakeTimers();
  vi.stubGlobal("indexedDB", { open: () => ({}) });
  const answer = expect(openSpool().rows()).rejects.toThrow("no answer");
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  await answer;
});

it("stands in nobody's way: a database that is to be deleted is let go", async () => {
  await spool.put(rowOf(), [createSpoolChunk(0)]);
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase("playhead");
    request.onsuccess = () => resolve();
    request.onblocked = () => reject(new Error("blocked"));
  });
  expect(await spool.rows()).toEqual([]);
});
