import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createFiles, type Files } from "../../../src/assets/files";
import type { Asset, Sender } from "../../../src/assets/sender";
import { openStore } from "../../../src/lib/storage";
import type { Config } from "../../../src/config";

const HERE = location.origin;
const THERE = "https://cdn.example";
const PUBLIC = { "cache-control": "public, max-age=60" };

let offered: Asset[];
let fetched: string[];
let answer: (url: string) => Response;
let tell: (names: string[]) => void;

class Observer {
  constructor(hear: (list: { getEntries: () => { name: string }[] }) => void) {
    tell = (names) => hear({ getEntries: () => names.map((name) => ({ name })) });
  }
  observe(): void {}
  disconnect(): void {}
}

function make(images: Config["images"] = "public", tab = openStore(() => { throw new Error("none"); })): Files {
  const fetcher = async (url: unknown): Promise<Response> => {
    fetched.push(String(url));
    return answer(String(url));
  };
  const sender = { isDone: () => false, offer: (asset: Asset) => void offered.push(asset) } as unknown as Sender;
  const files = createFiles({ images, fetch: fetcher as typeof fetch, sender, tab, key: "k" });
  files.start();
  return files;
}

async function see(files: Files, url: string, isFont = false): Promise<void> {
  files.found(url, isFont);
  tell([url]);
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.waitFor(() => undefined);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("PerformanceObserver", Observer);
  [offered, fetched] = [[], []];
  answer = () => new Response("bytes", { headers: PUBLIC });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const reasons = (): unknown[] => offered.map(({ kind, reason }) => [kind, reason]);

it("reads what the recording names and the page has loaded, and nothing else", async () => {
  const files = make();
  files.found(`${HERE}/unused.woff2`, true);
  tell([`${HERE}/other.png`]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fetched).toEqual([]);
  await see(files, `${HERE}/a.png`);
  await see(files, `${HERE}/a.png`);
  expect(fetched).toEqual([`${HERE}/a.png`]);
  await vi.waitFor(() => expect(offered[0]).toMatchObject({ kind: "image", url: `${HERE}/a.png`, size: 5 }));
  expect(offered[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
});

it("keeps an image only where anybody may have it", async () => {
  answer = () => new Response("secret", { headers: { "cache-control": "private, max-age=60" } });
  const files = make();
  await see(files, `${HERE}/me.png`);
  expect(reasons()).toEqual([["image", "not_public"]]);
  await see(files, `${HERE}/f.woff2`, true); // a font is nobody's secret
  await vi.waitFor(() => expect(offered[1]?.kind).toBe("font"));
});

it("reads no image of another origin, unless it is named", async () => {
  await see(make(), `${THERE}/a.png`);
  expect(fetched).toEqual([]);
  await see(make([`${THERE}/a`]), `${THERE}/a.png`);
  expect(fetched).toEqual([`${THERE}/a.png`]);
});

it("reads no image at all where the site wants none", async () => {
  await see(make("none"), `${HERE}/a.png`);
  expect(fetched).toEqual([]);
});

it("asks an origin that does not let us read once, and not on the next page", async () => {
  answer = () => { throw new TypeError("CORS"); };
  const tab = openStore(() => { throw new Error("none"); });
  for (const files of [make("public", tab), make("public", tab)]) {
    await see(files, `${THERE}/f.woff2`, true);
    await see(files, `${THERE}/g.woff2`, true);
  }
  expect(fetched).toEqual([`${THERE}/f.woff2`]);
  expect(reasons()).toEqual([["font", "unreadable"]]);
});

it("leaves what is too large", async () => {
  answer = () => new Response(new Uint8Array(1_048_577));
  await see(make(), `${HERE}/f.ttf`, true);
  await vi.waitFor(() => expect(reasons()).toEqual([["font", "too_large"]]));
});
