import { describe, expect, it } from "vitest";
import { factsOf, valuesOf } from "../src/details";
import { addressAt, mergeRows, rowIndexAt, rowOf, rowOfMoment, type Row } from "../src/rows";
import { text } from "../src/text";
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { stream, T0 } from "./fixtures";

const page = stream("a", "w", 0, [], 2_000);
const row = (event: object): Row => rowOf({ id: "1", t: T0, ...event } as LogEvent, page) as Row;

describe("rows", () => {
  it("stand on the server's clock", () => {
    expect(row({ type: "custom", name: "paid" }).atMs).toBe(T0 + 2_000);
  });

  it("say a failed request in one line", () => {
    const request = { type: "network", initiator: "fetch", method: "POST", url: "https://x/api/pay?a=1", status: 500, duration_ms: 820, failed: true };
    expect(row(request)).toMatchObject({ tone: "bad", text: "POST /api/pay?a=1", note: "500 failed · 820 ms", type: "fetch" });
  });

  it("say in words what a colour says: slow, without an answer", () => {
    const request = { type: "network", initiator: "resource", resource: "img", method: "GET", url: "https://x/a.png", failed: false };
    expect(row({ ...request, status: 200, duration_ms: 4_200, response_bytes: 31 })).toMatchObject({ tone: "warn", note: "200 · 4.2 s slow · 31 B", type: "img" });
    expect(row({ ...request, status: 0, duration_ms: -1, failed: true })).toMatchObject({ tone: "bad", note: "no answer" });
  });

  it("survive events that are not what they should be", () => {
    for (const type of ["click", "submit", "console", "error", "network", "custom", "identify", "state", "gap", "navigation"]) {
      const made = rowOf({ id: "1", t: 1, type } as LogEvent, page) as Row;
      expect(() => [factsOf(made), valuesOf(made)]).not.toThrow();
    }
    expect(rowOf({ id: "1", t: 1e300, type: "custom", name: "never" } as LogEvent, page)).toBeNull();
    expect(rowOf(null as unknown as LogEvent, page)).toBeNull();
  });

  it("replace the moment that stood in for them", () => {
    const moment = rowOfMoment({ id: "1", stream: "a", kind: "custom", at_ms: T0, text: "paid", url: "", data: {} }) as Row;
    const merged = mergeRows([moment], [row({ type: "custom", name: "paid", properties: { sum: 9 } })]);
    expect(merged.map((each) => valuesOf(each))).toEqual([[{ sum: 9 }]]);
  });

  it("lose characters that reorder or colour what stands beside them", () => {
    expect(text("a\u202egnp.exe\u001b[31m!\u0000")).toBe("agnp.exe!");
  });
});

it("finds the row that is being played", () => {
  const rows = [1, 5, 5, 9].map((atMs) => ({ atMs }) as Row);
  expect([0, 1, 5, 8, 99].map((at) => rowIndexAt(rows, at))).toEqual([-1, 0, 2, 2, 3]);
});

it("knows the address of the page at a moment", () => {
  const to = (id: string, atS: number, url: string) => row({ id, t: T0 + atS * 1000, type: "navigation", url });
  const rows = [to("1", 0, "https://x/a"), to("2", 10, "https://x/b?c#d")];
  const at = (atS: number, id = "a") => addressAt(rows, id, T0 + 2_000 + atS * 1000);
  expect([at(-1), at(5), at(10), at(5, "b")]).toEqual([null, "https://x/a", "https://x/b?c#d", null]);
});
