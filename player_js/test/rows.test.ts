import { describe, expect, it } from "vitest";
import { addressAt, filterRows, mergeRows, rowIndexAt, rowOf, rowOfMoment, shownRows, text, type Row } from "../src/rows";
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
      expect(() => rowOf({ id: "1", t: 1, type } as LogEvent, page)).not.toThrow();
    }
    expect(rowOf(null as unknown as LogEvent, page)).toBeNull();
  });

  it("replace the moment that stood in for them", () => {
    const moment = rowOfMoment({ id: "1", stream: "a", kind: "custom", at_ms: T0, text: "paid", url: "", data: {} }) as Row;
    expect(mergeRows([moment], [row({ type: "custom", name: "paid", properties: { sum: 9 } })])).toMatchObject([{ details: [["sum", "9"]] }]);
  });

  it("lose characters that reorder or colour what stands beside them", () => {
    expect(text("a\u202egnp.exe\u001b[31m!\u0000")).toBe("agnp.exe!");
  });
});

it("finds the row that is being played", () => {
  const rows = [1, 5, 5, 9].map((atMs) => ({ atMs }) as Row);
  expect([0, 1, 5, 8, 99].map((at) => rowIndexAt(rows, at))).toEqual([-1, 0, 2, 2, 3]);
});

it("filters by panel, errors and words", () => {
  const rows = [row({ type: "custom", name: "paid" }), row({ id: "2", type: "error", name: "TypeError", message: "no" })];
  const count = (filter: Partial<Parameters<typeof filterRows>[1]>) => filterRows(rows, { tab: "all", search: "", onlyErrors: false, ...filter }).length;
  expect([count({}), count({ tab: "console" }), count({ onlyErrors: true }), count({ search: "PAID" })]).toEqual([2, 1, 1, 1]);
});

it("folds what the console says again and again, and counts it", () => {
  const said = (id: string, message: string, level: string) => row({ id, type: "console", level, args: [message] });
  const rows = [said("1", "no", "error"), said("2", "no", "error"), said("3", "no", "warn"), said("4", "no", "error")];
  const notes = (tab: "all" | "console") => shownRows(rows, { tab, search: "", onlyErrors: false }).map((each) => each.note);
  expect(notes("console")).toEqual(["error · 2×", "warn", "error"]);
  expect(notes("all")).toHaveLength(4);
});

it("knows the address of the page at a moment", () => {
  const to = (id: string, atS: number, url: string) => row({ id, t: T0 + atS * 1000, type: "navigation", url });
  const rows = [to("1", 0, "https://x/a"), to("2", 10, "https://x/b?c#d")];
  const at = (atS: number, id = "a") => addressAt(rows, id, T0 + 2_000 + atS * 1000);
  expect([at(-1), at(5), at(10), at(5, "b")]).toEqual([null, "https://x/a", "https://x/b?c#d", null]);
});
