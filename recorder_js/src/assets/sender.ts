/** Offers assets to the server and sends those that it lacks: a few at a time, after the first ack, never in a chunk's way. */
import type { Encode } from "../encode";
import { guard } from "../lib/guard";
import type { Store } from "../lib/storage";
import { REQUEST } from "../post";
import { packFrames } from "../wire/frames";

export interface Asset {
  hash: string; // "" where there are no bytes, for a reason
  kind: "stylesheet" | "font" | "image";
  url: string;
  size: number;
  data: string | Uint8Array;
  reason?: string | undefined;
}

export interface Sender {
  offer(asset: Asset): void;
  /** Whether the server has heard of it in this session. */
  isDone(key: string): boolean;
  /** Whom to offer to: at once where the server has the session, which it has from a page's first ack on. */
  open(session: string, hello: () => Uint8Array, isKept: boolean): void;
  rest(): void;
}

export interface SenderOptions {
  host: string;
  fetch: typeof fetch;
  encode: Encode;
  tab: Store;
  key: string;
  /** A stylesheet will not get there. */
  onLost: () => void;
}

const MAX_OFFERS = 64; // of one request
const MOST_WAITING = 300;
const AFTER_MS = 600; // at most, at random: pages that open together do not ask together
const AGAIN_MS = 5_000; // doubled with each try: a server that is too full is not asked by all at once
const TRIES = 5;
const MOST_DONE = 300; // remembered in a tab, so that its next page does not ask again
const encoder = new TextEncoder();

export function createSender({ host, fetch, encode, tab, key, onLost }: SenderOptions): Sender {
  let queue: Asset[] = [];
  let to: { session: string; hello: () => Uint8Array } | null = null;
  let giveUp: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let done = new Set<string>();

  function note(asset: Asset): void {
    done.add(asset.url || asset.hash);
    tab.set(key, JSON.stringify([to?.session, ...Array.from(done).slice(-MOST_DONE)]));
  }

  /** Act on what the server says last of an asset. */
  function judge(asset: Asset, answer?: string): void {
    if (answer === "later") throw new Error("assets");
    note(asset);
    queue = queue.filter((other) => other !== asset);
    if (answer !== "known" && asset.kind === "stylesheet") onLost();
  }

  async function post(assets: Asset[], bodies: { codec: number; bytes: Uint8Array }[], signal: AbortSignal): Promise<string[]> {
    const offers = assets.map(({ hash, kind, url, size, reason }, at) => [hash, kind, url, size, bodies[at]?.codec ?? 0, reason ?? ""]);
    const frames = [(to as { hello: () => Uint8Array }).hello(), encoder.encode(JSON.stringify(offers)), ...bodies.map(({ bytes }) => bytes)];
    const body = new Blob([packFrames(frames)], { type: "text/plain" });
    const response = await fetch(`${host}/ingest/v1/assets`, { ...REQUEST, body, signal });
    if (response.status < 429 && !response.ok) failures = TRIES; // no: it knows no assets, or does not want ours
    if (!response.ok) throw new Error("assets");
    return ((await response.json()) as { answers: string[] }).answers;
  }

  async function send(assets: Asset[], signal: AbortSignal): Promise<void> {
    for (const asset of assets) {
      const raw = typeof asset.data === "string" ? encoder.encode(asset.data) : asset.data;
      judge(asset, (await post([asset], [await encode(raw)], signal))[0]);
    }
  }

  async function run(): Promise<void> {
    timer = undefined;
    if (giveUp || !to || !queue.length) return;
    const mine = (giveUp = new AbortController());
    const some = queue.slice(0, MAX_OFFERS);
    try {
      const answers = await post(some, [], mine.signal);
      await send(some.filter((_, at) => answers[at] === "wanted"), mine.signal);
      some.forEach((asset, at) => answers[at] !== "wanted" && judge(asset, answers[at]));
      failures = 0;
    } catch {
      failures++;
    }
    if (giveUp !== mine) return; // the page left
    giveUp = null;
    if (failures > TRIES) {
      if (queue.some(({ kind }) => kind === "stylesheet")) onLost();
      queue = [];
      failures = 0;
    }
    plan(failures && AGAIN_MS * 2 ** failures * (1 + Math.random()));
  }

  function plan(afterMs: number): void {
    if (to && queue.length) timer ??= setTimeout(guard(() => void run()), afterMs + AFTER_MS * Math.random());
  }

  function rest(): void {
    giveUp?.abort();
    giveUp = to = null;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    isDone: (key) => done.has(key),
    offer(asset) {
      const isSame = (other: Asset): boolean => other.hash === asset.hash && other.url === asset.url;
      if (done.has(asset.url || asset.hash) || queue.some(isSame) || queue.length >= MOST_WAITING) return;
      queue.push(asset);
      if (!giveUp) plan(0);
    },
    open(session, hello, isKept) {
      if (to?.session !== session) {
        const [before, ...known] = JSON.parse(tab.get(key) ?? "[]") as string[];
        done = new Set(before === session ? known : []);
        if (before !== session && !isKept) return rest(); // what another session was told says nothing for this one
        tab.set(key, JSON.stringify([session, ...done]));
      }
      to = { session, hello };
      if (!giveUp) plan(0);
    },
    rest,
  };
}
