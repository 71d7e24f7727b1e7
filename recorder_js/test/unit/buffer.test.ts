// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { createBuffer, type Buffer, type Draft } from "../../src/buffer";
import { LIMITS } from "../../src/config";
import { Flag } from "../../src/wire/frames";
import type { LogBody } from "../../src/wire/events";

let drafts: Draft[];
let tooLarge: number[];
let now: number;
let timer: { run: () => void; at: number } | null;
let summary: LogBody[];
let buffer: Buffer;

beforeEach(() => {
  drafts = [];
  tooLarge = [];
  now = 1_000;
  timer = null;
  summary = [];
  buffer = createBuffer({
    now: () => now,
    wall: () => now,
    mono: () => 7,
    schedule(run, afterMs) {
      timer = { run, at: now + afterMs };
      return () => (timer = null);
    },
    beforeCut: () => summary.splice(0),
    onDraft: (draft) => drafts.push(draft),
    onTooLarge: (event) => tooLarge.push(event.type),
  });
});

const dom = (type = 3, size = 1): void => buffer.addDom({ type, timestamp: now, data: "x".repeat(size) });

describe("when a chunk is cut", () => {
  it("is at most a second after its first event", () => {
    dom();
    now += 500;
    dom();
    expect(timer?.at).toBeLessThanOrEqual(2_000);
    timer?.run();
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ domEvents: 2, firstMs: 1_000, lastMs: 1_500, monoMs: 7, flags: 0, log: "" });
    expect(timer).toBeNull();
  });

  it("goes on after an event that no string can hold, and says so", () => {
    dom();
    const endless = { toJSON: () => { throw new RangeError("Invalid string length"); } };
    buffer.addDom({ type: 3, timestamp: now, data: endless });
    dom();
    buffer.cut();
    expect(tooLarge).toEqual([3]);
    expect(drafts.map((draft) => draft.domEvents)).toEqual([1, 1]);
  });

  it("is by size: a log event that would overfill begins the next, so that three bytes a character still fit", () => {
    const say = (size: number): void => buffer.addLog({ type: "console", level: "log", args: ["x".repeat(size)] });
    say(LIMITS.cutLogChars - 1_000);
    say(40_000);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.log.length).toBeLessThanOrEqual(LIMITS.cutLogChars);
  });

  it("is by size: an event that would overfill begins the next", () => {
    dom(3, LIMITS.cutChars - 1_000);
    dom(3, 2_000);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.domEvents).toBe(1);
  });

  it("is at once after an event that fills it alone, and the snapshot says so", () => {
    dom(4);
    dom(2, LIMITS.cutChars * 3);
    expect(drafts.map((draft) => [draft.domEvents, draft.flags])).toEqual([
      [1, 0],
      [1, Flag.snapshot],
    ]);
  });

  it("is by the number of log events", () => {
    for (let i = 0; i < LIMITS.cutLogEvents; i++) buffer.addLog({ type: "state", name: "x" });
    expect(drafts).toHaveLength(1);
  });
});

describe("what a draft holds", () => {
  it("is the events as JSON arrays, log events with ids that are unique", () => {
    dom();
    buffer.addLog({ type: "state", name: "one" }, 990.123);
    buffer.addLog({ type: "state", name: "two" });
    buffer.cut();
    expect(JSON.parse(drafts[0]?.dom ?? "")).toEqual([{ type: 3, timestamp: 1_000, data: "x" }]);
    expect(JSON.parse(drafts[0]?.log ?? "")).toEqual([
      { id: "0", t: 990.1, type: "state", name: "one" },
      { id: "1", t: 1_000, type: "state", name: "two" },
    ]);
  });

  it("does not stretch its span for a resource from before the stream", () => {
    buffer.addLog({ type: "state", name: "old" }, 5);
    buffer.cut();
    expect(drafts[0]?.firstMs).toBe(1_000);
  });

  it("sums up what the person did, but is not made for that alone", () => {
    summary = [{ type: "activity", count: 3 }];
    buffer.cut();
    expect(drafts).toHaveLength(0);
    dom();
    buffer.cut();
    expect(JSON.parse(drafts[0]?.log ?? "")[0]).toMatchObject({ type: "activity", count: 3 });
  });

  it("carries the flag of the end", () => {
    dom();
    buffer.cut(Flag.final);
    expect(drafts[0]?.flags).toBe(Flag.final);
  });
});
