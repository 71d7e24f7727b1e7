import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchConsole } from "../../../src/capture/console";
import type { Capture, CaptureContext } from "../../../src/capture/context";
import { watchErrors } from "../../../src/capture/errors";
import { joinRun, watchInteractions } from "../../../src/capture/interactions";
import { watchNavigation } from "../../../src/capture/navigation";
import { watchNetwork } from "../../../src/capture/network";
import { createRate } from "../../../src/lib/rate";
import type { LogBody } from "../../../src/wire/events";

let logged: LogBody[];
let now: number;
let dropped: [string, number][];
let undos: (() => void)[];

const context = (): CaptureContext => ({
  rules: { blockSelector: null, maskSelector: ".ph-mask", ignoreSelector: null },
  isFirst: true,
  now: () => now,
  fromMono: (ms) => ms,
  log: (body) => void logged.push(body),
  dom: () => undefined,
  rate: (what) => createRate(200, () => now, (count) => void dropped.push([what, count])),
  nodeId: () => 7,
  isOwn: (url) => url.includes("/ingest/"),
});
const watch = (capture: Capture): void => void undos.push(capture(context()));
const of = <T extends LogBody["type"]>(type: T): Extract<LogBody, { type: T }>[] => logged.filter((body) => body.type === type) as Extract<LogBody, { type: T }>[];

beforeEach(() => {
  logged = [];
  dropped = [];
  undos = [];
  now = 1_000;
  document.body.innerHTML = "";
});
afterEach(() => undos.reverse().forEach((undo) => undo()));

describe("console", () => {
  it("tells every level, still says it, and is itself again after the undo", () => {
    const original = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const before = console.warn;
    watch(watchConsole);
    console.warn("careful", { n: 1 });
    expect(original).toHaveBeenCalledWith("careful", { n: 1 });
    expect(of("console")).toMatchObject([{ level: "warn", args: ["careful", '{"n":1}'] }]);
    undos.pop()?.();
    expect(console.warn).toBe(before);
  });

  it("is bounded when a page talks without end, and what is left out is counted", () => {
    vi.useFakeTimers();
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    watch(watchConsole);
    for (let i = 0; i < 5_000; i++) console.log(i);
    expect(of("console")).toHaveLength(200);
    vi.advanceTimersByTime(1_000);
    now += 1_000;
    console.log("quiet again");
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    expect(dropped).toEqual([["console", 4_800]]);
    expect(of("console")).toHaveLength(201);
  });

  it("never throws for what a value does", () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    watch(watchConsole);
    const trap = new Proxy({}, { ownKeys: () => { throw new Error("trap"); } });
    expect(() => console.log(trap)).not.toThrow();
  });

  it("stays passable when somebody wrapped it after us", () => {
    const original = vi.fn();
    const before = console.info;
    console.info = original;
    watch(watchConsole);
    const ours = console.info;
    console.info = (...args: unknown[]) => ours(...args);
    undos.pop()?.();
    console.info("later");
    expect(original).toHaveBeenCalledWith("later");
    expect(of("console")).toEqual([]);
    console.info = before;
  });
});

describe("errors", () => {
  it("tells uncaught errors and rejections, masked", () => {
    watch(watchErrors);
    window.dispatchEvent(new ErrorEvent("error", { error: new TypeError("no ada@example.org"), message: "x", filename: "https://a.example/x.js?k=1", lineno: 3, colno: 4 }));
    expect(of("error")).toMatchObject([{ name: "TypeError", message: "no ***************", how: "exception", source: "https://a.example/x.js?k=*", line: 3, column: 4 }]);
  });
});

describe("navigation", () => {
  it("tells the load and what changes after it, once each", () => {
    history.replaceState({}, "", "/start");
    watch(watchNavigation);
    history.pushState({}, "", "/cart?token=secret");
    history.replaceState({}, "", "/cart?token=secret");
    history.replaceState({}, "", "/pay#x");
    expect(of("navigation").map(({ how, url }) => [how, new URL(url).pathname + new URL(url).search + new URL(url).hash])).toEqual([
      ["load", "/start"],
      ["push", "/cart?token=*"],
      ["replace", "/pay#*"],
    ]);
  });
});

describe("network", () => {
  it("tells status and time of a fetch, hands the answer through, and leaves our own requests out", async () => {
    const original = window.fetch;
    const answer = new Response("no", { status: 500, headers: { "content-length": "2" } });
    window.fetch = (() => Promise.resolve(answer)) as typeof fetch;
    watch(watchNetwork);
    expect(await window.fetch("/api/pay?card=4111", { method: "post", body: "abc" })).toBe(answer);
    await window.fetch("/ingest/v1/beacon");
    await Promise.resolve();
    expect(of("network")).toMatchObject([{ initiator: "fetch", method: "POST", status: 500, failed: true, request_bytes: 3, response_bytes: 2 }]);
    expect(of("network")[0]?.url).toMatch(/\/api\/pay\?card=\*$/);
    undos.pop()?.();
    window.fetch = original;
  });

  it("tells a fetch that got no answer, and rejects as before", async () => {
    const original = window.fetch;
    window.fetch = () => Promise.reject(new TypeError("offline"));
    watch(watchNetwork);
    await expect(window.fetch("/x")).rejects.toThrow("offline");
    expect(of("network")).toMatchObject([{ status: 0, failed: true }]);
    undos.pop()?.();
    window.fetch = original;
  });
});

describe("clicks", () => {
  it("tells the element, and rage after three quick ones in one place", () => {
    document.body.innerHTML = "<button id='b'>Pay</button><div class='ph-block'><button id='h'>x</button></div>";
    watch(watchInteractions);
    const click = (id: string, x = 5): unknown => document.getElementById(id)?.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, detail: 1, clientX: x, clientY: 5 }));
    for (let i = 0; i < 4; i++) {
      now += 100;
      click("b", 5 + i);
    }
    click("h");
    expect(of("click")).toHaveLength(4);
    expect(of("click")[0]).toMatchObject({ element: { tag: "button", text: "Pay", id: "b" }, node: 7 });
    expect(of("rage_click")).toMatchObject([{ count: 3 }]);
  });

  it("forgets clicks that are old or elsewhere", () => {
    const run = [{ x: 0, y: 0, t: 0 }, { x: 500, y: 0, t: 900 }];
    expect(joinRun(run, { x: 1, y: 1, t: 1_500 })).toEqual([{ x: 1, y: 1, t: 1_500 }]);
    expect(joinRun(run, { x: 490, y: 0, t: 1_000 })).toHaveLength(2);
  });
});
