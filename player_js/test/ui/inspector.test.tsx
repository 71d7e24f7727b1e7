import { computed, signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LogEvent } from "../../../recorder_js/src/wire/events";
import type { Player } from "../../src/player";
import { rowOf, type Row } from "../../src/rows";
import { Timeline } from "../../src/timeline";
import { Provider, View } from "../../src/ui/context";
import { Inspector } from "../../src/ui/inspector/inspector";
import { handleKeys } from "../../src/ui/keys";
import { chunk, manifest, stream, T0 } from "../fixtures";

const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const page = stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 60)], 500);
const made = (id: number, event: object): Row => rowOf({ id: String(id), t: T0 + id, ...event } as LogEvent, page) as Row;
const said = (id: number, args: string[], level = "log"): Row => made(id, { type: "console", level, args });

let view: View;
let root: HTMLElement;
let stop: () => void;
const seekToRow = vi.fn();
const copied = vi.fn(async (_: string) => undefined);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20)); // effects wait for a frame
const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => all(selector)[0] as HTMLElement;

function press(key: string, on: Element = document.body): void {
  on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

function show(rows: Row[]): Promise<void> {
  const session = { id: "s1", distinct_id: HOSTILE, browser: HOSTILE, properties: { [HOSTILE]: HOSTILE }, started_at_ms: T0, duration_ms: 1 } as never;
  const gaps = [{ stream: "a", first_seq: 9, last_seq: 9, start_ms: T0, end_ms: T0 + 1, reason: HOSTILE, body: "dom" as const }];
  const timeline = signal(new Timeline(manifest([page], { session, gaps })));
  const player = {
    options: { api: "/api", project: "shop", session: "s1" },
    rows: signal(rows),
    timeline,
    timeMs: signal(T0 + 600),
    selected: signal<string | null>(null),
    stream: signal(page),
    viewport: signal(null),
    faults: signal(0),
    isPartial: signal(false),
    isLive: computed(() => false),
    situation: signal({ state: "paused", wantsPlay: false }),
    api: { person: async () => null, sessionDetail: async () => ({ language: HOSTILE }) },
    seekToRow,
  } as unknown as Player;
  view = new View(player, root);
  stop = handleKeys(view);
  render(<Provider value={view}><Inspector /></Provider>, root);
  return settle();
}

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  Object.defineProperty(navigator, "clipboard", { value: { writeText: copied }, configurable: true });
});

afterEach(() => {
  stop();
  render(null, root);
  root.remove();
  seekToRow.mockReset();
  copied.mockReset();
});

it("builds some thirty rows of ten thousand, each saying its place among all", async () => {
  await show(Array.from({ length: 10_000 }, (_, index) => said(index, [`line ${index}`])));
  expect(all(".ph-row").length).toBeLessThan(60);
  expect(one(".ph-row").getAttribute("aria-setsize")).toBe("10000");
  expect(one("#ph-tab-console").textContent).toBe("Console10K");
});

it("shows what a page said as text, in every panel", async () => {
  const rows = [
    made(1, { type: "navigation", url: `https://x/${HOSTILE}`, title: HOSTILE, how: "load" }),
    said(2, [HOSTILE, JSON.stringify({ [HOSTILE]: HOSTILE })], "error"),
    made(3, { type: "error", name: HOSTILE, message: HOSTILE, how: "exception", stack: HOSTILE }),
    made(4, { type: "network", initiator: HOSTILE, method: HOSTILE, url: `https://x/${HOSTILE}`, status: 500, duration_ms: 1, failed: true }),
    made(5, { type: "custom", name: HOSTILE, properties: { [HOSTILE]: [HOSTILE] } }),
  ];
  await show(rows);
  view.search.value = "alert";
  for (const tab of ["all", "events", "console", "network", "errors", "page", "person", "session"] as const) {
    view.tab.value = tab;
    for (const row of rows) {
      view.opened.value = row.key;
      await settle();
      expect(all("img, script")).toEqual([]);
      expect(root.textContent).toContain(HOSTILE);
    }
  }
});

it("goes through its rows by keyboard, shows each, and goes there on Enter", async () => {
  await show([said(1, ["first"]), said(2, ["cart", '{"total":88}']), said(3, ["third"])]);
  const list = one(".ph-rows");
  list.focus();
  view.opened.value = view.rows.value[0]?.key ?? null;
  press("ArrowDown", list);
  await settle();
  expect(list.getAttribute("aria-activedescendant")).toBe(one(".ph-row[aria-selected=true]").id);
  expect(one(".ph-details").textContent).toContain("{total: 88}");
  press("Enter", list);
  expect(seekToRow).toHaveBeenCalledWith(view.rows.value[1]);
});

it("shows a repeat as chosen in the row that stands for it", async () => {
  await show([said(1, ["again"]), said(2, ["again"]), said(3, ["again"]), said(4, ["else"])]);
  view.opened.value = view.player.rows.value[2]?.key ?? null; // as by a link to it
  await settle();
  expect(one(".ph-row[aria-selected=true]").textContent).toContain("3×");
  press("ArrowDown", one(".ph-rows"));
  await settle();
  expect(one(".ph-row[aria-selected=true]").textContent).toContain("else");
});

it("closes the details on Escape, and the list has the keyboard again", async () => {
  await show([said(1, ["first"])]);
  view.opened.value = view.rows.value[0]?.key ?? null;
  await settle();
  one(".ph-details button").focus();
  press("Escape", document.activeElement as Element);
  await settle();
  expect(all(".ph-details")).toEqual([]);
  expect(document.activeElement).toBe(one(".ph-rows"));
});

it("copies the open row, or a link to it on its recorder's clock", async () => {
  await show([said(7, ["paid"])]);
  press("y");
  expect(copied).not.toHaveBeenCalled();
  view.opened.value = view.rows.value[0]?.key ?? null;
  press("y");
  expect(copied).toHaveBeenLastCalledWith(`${new Date(T0 + 507).toISOString()} console paid\nlevel: log\npaid`);
  press("Y");
  expect(copied).toHaveBeenLastCalledWith(`${location.origin}/s/shop/s1?at=${T0 + 7}&stream=a&event=7`);
});

it("marks what is searched for, and counts it in every panel", async () => {
  await show([said(1, ["Payment"]), made(2, { type: "custom", name: "payment sent", properties: {} }), said(3, ["else"])]);
  view.search.value = "payment";
  await settle();
  expect(all("mark").map((mark) => mark.textContent)).toEqual(["Payment", "payment"]);
  expect([one("#ph-tab-all").textContent, one("#ph-tab-events").textContent]).toEqual(["All2", "Events1"]);
});

it("narrows by chips, and says why nothing is left", async () => {
  await show([said(1, ["a"], "warn"), said(2, ["b"])]);
  view.tab.value = "console";
  await settle();
  all(".ph-chips button").find((chip) => chip.textContent === "warnings")?.click();
  await settle();
  expect(all(".ph-row-text").map((each) => each.textContent)).toEqual(["a"]);
  view.search.value = "nothing like it";
  await settle();
  one(".ph-nothing button").click();
  await settle();
  expect(all(".ph-row")).toHaveLength(2);
});

it("counts times since the start, on the viewer's clock or in UTC", async () => {
  await show([said(0, ["a"])]);
  const shown = (): string | null => one(".ph-row time").textContent;
  expect(shown()).toBe("0:00");
  press("t");
  press("t");
  await settle();
  expect(shown()).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(view.timeStyle.value).toBe("utc");
  press("t");
});
