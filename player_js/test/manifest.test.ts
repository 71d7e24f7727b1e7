import { describe, expect, it } from "vitest";
import { BadManifest, linkedMs, readManifest } from "../src/manifest";
import { chunk, manifest, stream, T0 } from "./fixtures";

describe("readManifest", () => {
  it("puts streams in order of time", () => {
    const [late, early] = [stream("b", "w", 9, []), stream("a", "w", 0, [])];
    expect(readManifest(manifest([late, early])).streams.map((each) => each.id)).toEqual(["a", "b"]);
  });

  it("refuses what it does not know", () => {
    expect(() => readManifest({ ...manifest([stream("a", "w", 0, [])]), version: 3 })).toThrow(BadManifest);
    expect(() => readManifest(null)).toThrow(BadManifest);
  });
});

describe("linkedMs", () => {
  const session = manifest([stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 60)], 5_000)]);

  it("moves the recorder's time by its stream's clock offset", () => {
    expect(linkedMs(session, T0 + 10_000, "a")).toBe(T0 + 15_000);
  });

  it("takes a time without a stream as the server's", () => {
    expect(linkedMs(session, T0 + 10_000, null)).toBe(T0 + 10_000);
  });

  it("stays inside the session", () => {
    expect(linkedMs(session, 0, null)).toBe(session.start_ms);
    expect(linkedMs(session, T0 * 2, null)).toBe(session.end_ms);
  });

  it("may lie in the rest after the last event", () => {
    const running = { ...session, server_ms: session.end_ms + 60_000 };
    expect(linkedMs(running, session.end_ms + 5_000, null)).toBe(session.end_ms + 5_000);
    expect(linkedMs(running, session.end_ms + 90_000, null)).toBe(running.server_ms);
  });
});
