import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { chipsAmong, countRows, filterRows, shownRows, type Filter } from "../src/panels";
import { rowOf, type Row } from "../src/rows";
import { stream, T0 } from "./fixtures";

const page = stream("a", "w", 0, []);
const row = (id: string, event: object): Row => rowOf({ id, t: T0 + Number(id), ...event } as LogEvent, page) as Row;
const said = (id: string, message: string, level: string): Row => row(id, { type: "console", level, args: [message] });
const request = (id: string, url: string, status: number, more: object = {}): Row =>
  row(id, { type: "network", initiator: "fetch", method: "GET", url, status, duration_ms: 9, failed: status === 0 || status >= 400, ...more });
const filter = (more: Partial<Filter>): Filter => ({ tab: "all", search: "", onlyErrors: false, chips: new Set(), ...more });
const ids = (rows: Row[]): string[] => rows.map((each) => each.id);

const requests = [
  request("1", "https://x/api/a?b=1", 200),
  request("2", "https://x/app.js", 200, { initiator: "resource", resource: "script" }),
  request("3", "https://x/look?v=1", 200, { initiator: "resource", resource: "link" }),
  request("4", "https://x/a.png", 404, { initiator: "resource", resource: "css" }),
  request("5", "https://x/api/a?b=2", 500),
  request("6", "https://x/api/b", 0),
];

it("filters by panel, errors and words", () => {
  const rows = [row("1", { type: "custom", name: "paid" }), row("2", { type: "error", name: "TypeError", message: "no" })];
  const count = (more: Partial<Filter>): number => filterRows(rows, filter(more)).length;
  expect([count({}), count({ tab: "console" }), count({ onlyErrors: true }), count({ search: "PAID" }), count({ tab: "errors" })]).toEqual([2, 1, 1, 1, 1]);
});

it("takes what is typed for words, not for a pattern", () => {
  const rows = [said("1", "a.*b (c", "log"), said("2", "axxb", "log")];
  expect(ids(filterRows(rows, filter({ search: ".*b (" })))).toEqual(["1"]);
});

it("finds a request by its host, which its row does not show", () => {
  expect(filterRows(requests, filter({ tab: "network", search: "//x/" }))).toHaveLength(6);
});

describe("chips", () => {
  const chosen = (tab: Filter["tab"], ...chips: string[]): string[] => ids(filterRows(requests, filter({ tab, chips: new Set(chips) })));

  it("of a group add up, and those of two groups narrow together", () => {
    expect(chosen("network", "js", "css")).toEqual(["2", "3"]);
    expect(chosen("network", "img", "4xx")).toEqual(["4"]);
    expect(chosen("network", "fetch", "4xx")).toEqual([]);
    expect(chosen("network", "none")).toEqual(["6"]);
  });

  it("take a status that the browser does not tell for no failure", () => {
    const untold = request("7", "https://y/font.woff2", 0, { initiator: "resource", resource: "css", failed: false });
    expect(filterRows([untold], filter({ tab: "network", chips: new Set(["none"]) }))).toEqual([]);
    expect(filterRows([untold], filter({ tab: "network", chips: new Set(["other"]) }))).toHaveLength(1);
  });

  it("are offered where a row falls under them, and stay while they are chosen", () => {
    expect(chipsAmong(requests, "network", new Set(["doc"]))).toEqual([["fetch", "doc", "js", "css", "img"], ["2xx", "4xx", "5xx", "none"]]);
    expect(chipsAmong([], "console", new Set())).toEqual([]);
  });

  it("take an uncaught error for an error of the console", () => {
    const rows = [said("1", "a", "warn"), row("2", { type: "error", name: "TypeError", message: "no" })];
    expect(ids(filterRows(rows, filter({ tab: "console", chips: new Set(["error"]) })))).toEqual(["2"]);
  });
});

it("folds what the console says again and again, and counts it", () => {
  const rows = [said("1", "no", "error"), said("2", "no", "error"), said("3", "no", "warn"), said("4", "no", "error")];
  const times = (tab: Filter["tab"]): number[] => shownRows(rows, filter({ tab })).map((each) => each.times);
  expect(times("console")).toEqual([2, 1, 1]);
  const clicks = [row("5", { type: "click" }), row("6", { type: "click" })];
  expect(shownRows([...rows, ...clicks], filter({})).map((each) => each.times), "what the person did is told each time").toEqual([2, 1, 1, 1, 1]);
  expect(rows.map((each) => each.times), "the rows themselves are let be").toEqual([1, 1, 1, 1]);
});

it("groups errors by what they say, requests by where they went", () => {
  const rows = [...requests, request("7", "https://x/api/a?b=3", 503), said("8", "no", "error"), said("9", "no", "error")];
  expect(shownRows(rows, filter({ tab: "errors" })).map(({ id, times }) => [id, times])).toEqual([["4", 1], ["5", 2], ["6", 1], ["8", 2]]);
});

it("counts the rows of every list, and of what is searched for", () => {
  expect(countRows(requests, "", false)).toEqual({ all: 4, events: 0, console: 0, network: 6, errors: 3 });
  expect(countRows(requests, "api/a", true)).toMatchObject({ network: 1, errors: 1 });
});

it("lists ten thousand rows in no time", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => said(String(index), `line ${index}`, "log"));
  const before = performance.now();
  for (let turn = 0; turn < 5; turn += 1) shownRows(many, filter({ tab: "console", search: "line 99" }));
  expect((performance.now() - before) / 5).toBeLessThan(100); // a keystroke; 5 ms where nothing else runs
});
