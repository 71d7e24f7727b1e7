// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createSender, type Asset, type Sender } from "../../../src/assets/sender";
import { plain } from "../../../src/encode";
import { openStore } from "../../../src/lib/storage";
import { unpackFrames } from "../../../src/wire/frames";

const KEY = "playhead_assets_x";
const HELLO = new Uint8Array([1]);
const css = (name: string): Asset => ({ hash: name.repeat(64), kind: "stylesheet", url: "", size: 3, data: name.repeat(3) });

let asked: { offers: unknown[][]; bodies: string[] }[];
let answer: (offers: unknown[][], bodies: number) => Response;
let lost: number;

const tab = (): ReturnType<typeof openStore> => openStore(() => { throw new Error("none"); });
const answers = (...said: string[]): Response => new Response(JSON.stringify({ answers: said }));

async function fetcher(_: unknown, init?: RequestInit): Promise<Response> {
  const [, offers, ...bodies] = unpackFrames(new Uint8Array(await (init?.body as Blob).arrayBuffer()));
  const told = JSON.parse(new TextDecoder().decode(offers)) as unknown[][];
  asked.push({ offers: told, bodies: bodies.map((body) => new TextDecoder().decode(body)) });
  return answer(told, bodies.length);
}

const make = (store = tab()): Sender =>
  createSender({ host: "https://p", fetch: fetcher as typeof fetch, encode: async (raw) => plain(raw), tab: store, key: KEY, onLost: () => void lost++ });

beforeEach(() => {
  vi.useFakeTimers();
  [asked, lost] = [[], 0];
  answer = (offers, bodies) => answers(...offers.map(() => (bodies ? "known" : "wanted")));
});
afterEach(() => void vi.useRealTimers());
const pass = (ms = 1_000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

it("asks first, and sends what is wanted", async () => {
  const sender = make();
  sender.offer(css("a"));
  await pass();
  expect(asked).toEqual([]); // nobody to offer to yet
  sender.open("s", () => HELLO, true);
  await pass();
  expect(asked.map(({ bodies }) => bodies)).toEqual([[], ["aaa"]]);
  expect(sender.isDone(css("a").hash)).toBe(true);
});

it("asks once in a session, also on its next page", async () => {
  const store = tab();
  answer = (offers) => answers(...offers.map(() => "known"));
  for (const sender of [make(store), make(store)]) {
    sender.open("s", () => HELLO, true);
    sender.offer(css("a"));
    sender.offer(css("a"));
    await pass();
  }
  expect(asked).toHaveLength(1);
});

it("waits for a session's first ack, and not on its next pages", async () => {
  const store = tab();
  const first = make(store);
  first.offer(css("a"));
  first.open("s", () => HELLO, false);
  await pass();
  expect(asked).toHaveLength(0);
  first.open("s", () => HELLO, true);
  await pass();
  const next = make(store);
  next.offer(css("b"));
  next.open("s", () => HELLO, false);
  await pass();
  expect(asked).toHaveLength(4);
});

it("leaves stylesheets in the recording where the server knows no assets", async () => {
  answer = () => new Response("", { status: 404 });
  const sender = make();
  sender.offer(css("a"));
  sender.open("s", () => HELLO, true);
  await pass(60_000);
  expect(asked).toHaveLength(1);
  expect(lost).toBe(1);
});

it("comes back ever later to a server that is too full", async () => {
  const from = performance.now();
  const at: number[] = [];
  answer = (offers) => {
    at.push(performance.now() - from);
    return at.length < 4 ? new Response("", { status: 429 }) : answers(...offers.map(() => "known"));
  };
  const sender = make();
  sender.offer(css("a"));
  sender.open("s", () => HELLO, true);
  await pass(300_000);
  const waits = at.slice(1).map((ms, index) => ms - at[index]!);
  expect(waits).toHaveLength(3);
  [10_000, 20_000, 40_000].forEach((least, index) => expect(waits[index]).toBeGreaterThanOrEqual(least));
  expect(lost).toBe(0);
});

it("says nothing once the page has left", async () => {
  const sender = make();
  sender.offer(css("a"));
  sender.open("s", () => HELLO, true);
  sender.rest();
  await pass(60_000);
  expect(asked).toEqual([]);
});
