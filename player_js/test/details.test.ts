import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { consoleArgs } from "../src/console-args";
import { factsOf, rowAsText, stackOf, valuesOf } from "../src/details";
import { partsOf, matcher } from "../src/matches";
import { rowOf, type Row } from "../src/rows";
import { childrenOf, preview, readValue } from "../src/tree";
import { barOf, scaleOf } from "../src/waterfall";
import { stream, T0 } from "./fixtures";

const page = stream("a", "w", 0, []);
const row = (event: object): Row => rowOf({ id: "1", t: T0, ...event } as LogEvent, page) as Row;

describe("the console's arguments", () => {
  it("fill the places of the first, and lose their styles", () => {
    expect(consoleArgs({ args: ["%cHello %s, %d%%", "color: red", "Ada", "9", "more"] })).toEqual(["Hello Ada, 9%", "more"]);
    expect(consoleArgs({ args: ["100% sure"] })).toEqual(["100% sure"]);
    expect(consoleArgs({ args: "no list" })).toEqual([]);
  });

  it("are trees where they were objects, and texts where they only look so", () => {
    expect(valuesOf(row({ type: "console", level: "log", args: ["cart", '{"total":88}', "[not json]", '{"cut":'] }))).toEqual(["cart", { total: 88 }, "[not json]", '{"cut":']);
  });

  it("come with their stack", () => {
    expect(stackOf(row({ type: "console", level: "error", args: ["no"], stack: "at pay (a.js:1:2)" }))).toBe("at pay (a.js:1:2)");
  });
});

describe("trees", () => {
  it("say in one line what they hold", () => {
    expect(preview({ total: 88, items: [1], none: null, nested: { a: 1 }, empty: {} })).toBe("{total: 88, items: […], none: null, nested: {…}, empty: {}}");
    expect(preview([1, "a", [], 4, 5, 6])).toBe('(6) [1, "a", [], 4, 5, …]');
  });

  it("show so many children and count the rest", () => {
    const { items, more } = childrenOf(Array.from({ length: 1_000 }, (_, index) => index));
    expect([items.length, more]).toEqual([200, 800]);
  });

  it("bear depth that would end a recursion", () => {
    const deep = readValue(`${"[".repeat(40_000)}${"]".repeat(40_000)}`);
    expect(() => typeof deep === "string" || preview(deep)).not.toThrow();
  });

  it("have no place for a prototype that a page names", () => {
    const value = readValue('{"__proto__":{"polluted":true}}') as object;
    expect(childrenOf(value).items).toEqual([{ name: "__proto__", value: { polluted: true } }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

it("tells of a request all that was recorded", () => {
  const request = { type: "network", initiator: "xhr", method: "POST", url: "https://x/api", status: 500, duration_ms: 820, request_bytes: 12, response_bytes: 2_048, failed: true };
  expect(Object.fromEntries(factsOf(row(request)))).toMatchObject({
    address: "https://x/api",
    method: "POST",
    status: "500 failed",
    initiator: "xhr",
    "request size": "12 B",
    "response size": "2.0 KB (2048 B)",
    duration: "820 ms",
  });
});

it("copies a row with its time in ISO and all of its details", () => {
  const copied = rowAsText(row({ type: "error", name: "TypeError", message: "no", how: "exception", stack: "at a.js:1:2" }));
  expect(copied.split("\n")).toEqual([`${new Date(T0).toISOString()} error TypeError: no`, "name: TypeError", "message: no", "how: exception", "at a.js:1:2"]);
});

it("marks what is searched for, and nothing between", () => {
  expect(partsOf("Pay, payment", matcher("PAY"))).toEqual([
    { text: "Pay", isMatch: true },
    { text: ", ", isMatch: false },
    { text: "pay", isMatch: true },
    { text: "ment", isMatch: false },
  ]);
  expect(partsOf("x".repeat(1_000), matcher("x"))).toHaveLength(51); // 50 marked, the rest as it is
});

describe("a waterfall's bar", () => {
  const at = (ms: number, tookMs: number): Row => rowOf({ id: String(ms), t: T0 + ms, type: "network", initiator: "fetch", method: "GET", url: "https://x/", status: 200, duration_ms: tookMs, failed: false }, page) as Row;

  it("lies where its request lay among those in view", () => {
    const rows = [at(0, 100), at(100, 300)];
    expect(rows.map((each) => barOf(each, scaleOf(rows)))).toEqual([{ at: 0, width: 0.25 }, { at: 0.25, width: 0.75 }]);
  });

  it("lies near its neighbours, however long nothing was asked between them", () => {
    const rows = [at(0, 60), at(600_000, 100)];
    expect(rows.map((each) => barOf(each, scaleOf(rows)))).toEqual([{ at: 0, width: 0.3 }, { at: 0.5, width: 0.5 }]);
  });

  it("stays inside, whatever a page says", () => {
    const rows = [at(0, 1e12), at(5, -1), at(6, Number.NaN)];
    const bars = rows.map((each) => barOf(each, scaleOf(rows.slice(0, 1))));
    expect(bars).toEqual([{ at: 0, width: 1 }, null, null]);
  });
});
