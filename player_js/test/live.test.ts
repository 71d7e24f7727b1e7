import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Live } from "../src/live";
import type { Manifest } from "../src/manifest";
import { chunk, manifest, stream, T0 } from "./fixtures";

const at = (isLive: boolean, restS = 0): Manifest => {
  const told = manifest([stream("a", "w", 0, [chunk(0, 0, 2)])], { is_live: isLive });
  return { ...told, server_ms: told.end_ms + restS * 1000 };
};

function follow(first: Manifest, answers: (Manifest | null)[]) {
  const heard: Manifest[] = [];
  const read = vi.fn(async () => answers.shift() ?? null);
  const live = new Live("ws://nowhere", read, (told) => heard.push(told), () => Date.now());
  live.start(first);
  return { live, read, heard };
}

describe("following a session", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: T0 });
    vi.stubGlobal("WebSocket", class { close(): void {} });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("asks every two seconds, and passes on only what is new", async () => {
    const { read, heard } = follow(at(true), [null, at(true), null]);
    await vi.advanceTimersByTimeAsync(6_100);
    expect([read.mock.calls.length, heard.length]).toEqual([3, 1]);
  });

  it("asks at once when it is told that something came", async () => {
    const sockets: { onmessage?: () => void }[] = [];
    vi.stubGlobal("WebSocket", class { constructor() { sockets.push(this as never); } close(): void {} });
    const { read } = follow(at(true), []);
    sockets[0]?.onmessage?.();
    await vi.advanceTimersByTimeAsync(200);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it("goes on after a failed answer", async () => {
    const { read, heard } = follow(at(true), []);
    read.mockRejectedValueOnce(new Error("offline")).mockResolvedValueOnce(at(true));
    await vi.advanceTimersByTimeAsync(4_100);
    expect(heard).toHaveLength(1);
  });

  it("waits for a visitor who rests, and is quick again once they are back", async () => {
    const { read, heard } = follow(at(true), [at(false, 61), null, at(true)]);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(read).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([read.mock.calls.length, heard.at(-1)?.is_live]).toEqual([3, true]);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(read).toHaveBeenCalledTimes(4);
  });

  it("lets a session be that is over", async () => {
    const old = follow(at(false, 31 * 60), []);
    const rests = follow(at(false, 29 * 60), []);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(old.read).not.toHaveBeenCalled();
    expect(rests.read.mock.calls.length).toBeLessThanOrEqual(7);
    expect(rests.read).toHaveBeenCalled();
  });
});
