import { describe, expect, it } from "vitest";
import { idleSpans, Timeline } from "../src/timeline";
import { chunk, manifest, stream, T0 } from "./fixtures";

const s = (seconds: number): number => T0 + seconds * 1000;
const click = (id: string, atS: number) => ({ id: `c${atS}`, stream: id, kind: "click", at_ms: s(atS), text: "", url: "", data: {} });
const long = (id: string, window: string, fromS: number, toS: number) => stream(id, window, fromS, [chunk(0, fromS, 2), chunk(1, toS)]);

describe("the stream on show", () => {
  const session = manifest([long("a", "w1", 0, 100), long("b", "w2", 20, 100), long("c", "w1", 60, 100)], { moments: [click("a", 30), click("b", 40)] });
  const timeline = new Timeline(session);
  const shown = (atS: number, pinned: string | null = null) => timeline.streamAt(s(atS), pinned)?.id;

  it("is that of the window which was last used", () => {
    expect([10, 25, 35, 45].map((at) => shown(at))).toEqual(["a", "b", "a", "b"]);
  });

  it("is the newest page load of that window", () => {
    expect(shown(70)).toBe("c");
  });

  it("stays in a pinned window", () => {
    expect(shown(25, "w1")).toBe("a");
    expect(shown(5, "w2")).toBe("b"); // before it opened: its first page
  });

  it("is what a link says that it was", () => {
    const linked = new Timeline(session, [{ atMs: s(50), stream: "a" }]);
    expect(linked.streamAt(s(50))?.id).toBe("a");
  });
});

describe("a gap", () => {
  const chunks = [chunk(0, 0, 2), chunk(1, 1), chunk(4, 4), chunk(5, 5, 2), chunk(6, 6)];
  const gaps = [{ stream: "a", first_seq: 2, last_seq: 3, start_ms: s(2), end_ms: s(3.9), reason: "too_large", body: "dom" as const }];
  const timeline = new Timeline(manifest([stream("a", "w", 0, chunks)], { gaps }));

  it("lasts until the next full snapshot", () => {
    expect(timeline.gaps).toEqual([{ stream: "a", startMs: s(2), endMs: s(5), reason: "too_large" }]);
    expect(timeline.gapAt(s(4.5), "a")?.reason).toBe("too_large");
    expect(timeline.gapAt(s(5.1), "a")).toBeNull();
  });
});

describe("idle", () => {
  it("is what busy spans leave out, when that is long", () => {
    const busy = [{ startMs: 0, endMs: 5_000 }, { startMs: 9_000, endMs: 12_000 }];
    expect(idleSpans(0, 60_000, busy)).toEqual([{ startMs: 12_000, endMs: 60_000 }]);
  });

  it("begins after what a person did and ends before they go on", () => {
    const session = manifest([long("a", "w", 0, 60)], { moments: [click("a", 10), click("a", 50)] });
    expect(new Timeline(session).idle).toEqual([{ startMs: s(13), endMs: s(48.5) }]);
  });
});
