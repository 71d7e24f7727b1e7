// @vitest-environment node
import { createHash, webcrypto } from "node:crypto";
import { beforeEach, expect, it, vi } from "vitest";
import { createSheets, type Attributes } from "../../../src/assets/sheets";
import type { DomEvent } from "../../../src/wire/events";

const CSS = "a{color:red}".repeat(200);
const reference = (text: string): string => `playhead-asset:${createHash("sha256").update(text).digest("hex")}`;

let given: DomEvent[];
let shown: string[];
let kept: boolean; // what the server says of each
const emit = (event: DomEvent): void => void given.push(event);
const make = (): ReturnType<typeof createSheets> => createSheets(() => kept, ({ hash }) => void shown.push(hash));
const link = (text: string): Attributes => ({ _cssText: text });
const event = (timestamp: number, data: unknown = {}): DomEvent => ({ type: 2, timestamp, data });

beforeEach(() => {
  given = [];
  shown = [];
  kept = true;
  vi.stubGlobal("window", { crypto: webcrypto });
});

it("puts a hash in the place of a large sheet, and keeps the order of events while it waits", async () => {
  const sheets = make();
  const attributes = link(CSS);
  sheets.pass(event(1, attributes), [attributes], emit);
  sheets.pass(event(2), [], emit);
  expect(given).toEqual([]);
  await vi.waitFor(() => expect(given.map(({ timestamp }) => timestamp)).toEqual([1, 2]));
  expect(attributes._cssText).toBe(reference(CSS));
  expect(shown).toEqual([]); // the server has it
});

it("leaves a sheet in the recording, and offers it, until the server keeps it", async () => {
  kept = false;
  const sheets = make();
  const [first, later] = [link(CSS), link(CSS)];
  sheets.pass(event(1), [first], emit);
  await vi.waitFor(() => expect(shown).toEqual([reference(CSS).slice(-64)]));
  expect(first._cssText).toBe(CSS);
  kept = true;
  sheets.pass(event(2), [later], emit);
  expect(later._cssText).toBe(reference(CSS));
});

it("knows a sheet again at once", async () => {
  const sheets = make();
  sheets.pass(event(1), [link(CSS)], emit);
  await vi.waitFor(() => expect(given).toHaveLength(1));
  const again = link(CSS);
  sheets.pass(event(2), [again], emit);
  expect(given).toHaveLength(2);
  expect(again._cssText).toBe(reference(CSS));
});

it.each(["a{}", `${CSS}/* rr_split */${CSS}`])("leaves a small sheet, and one of several texts, where it is", (text) => {
  const attributes = link(text);
  make().pass(event(1), [attributes], emit);
  expect(given).toHaveLength(1);
  expect(attributes._cssText).toBe(text);
});

it("gives on what waits as it is when the page hides", async () => {
  const sheets = make();
  const attributes = link(CSS);
  sheets.pass(event(1), [attributes], emit);
  sheets.flush();
  expect(given).toHaveLength(1);
  const after = link(CSS);
  sheets.pass(event(2), [after], emit);
  await vi.waitFor(() => expect(given).toHaveLength(2));
  expect(attributes._cssText).toBe(CSS); // what was given on is final
  expect(after._cssText).toBe(reference(CSS));
});

it("hashes without crypto.subtle what is not too large for one task", async () => {
  vi.stubGlobal("window", {});
  const sheets = make();
  const [small, large] = [link(CSS), link(CSS.repeat(200))];
  sheets.pass(event(1), [small, large], emit);
  await vi.waitFor(() => expect(given).toHaveLength(1));
  expect(small._cssText).toBe(reference(CSS));
  expect(large._cssText).toBe(CSS.repeat(200));
});
