/**
 * Fonts and images: what the recording names and the page has loaded is read out of the browser's cache and offered.
 *
 * A font always, where it can be read. An image only where the site says that anybody may have it: its answer is public, or the
 * `images` option names it. What is blocked or masked is never looked at. An origin that does not let us read is left alone, for
 * each try would write into the page's console.
 */
import { LIMITS, type Config } from "../config";
import { guard, reportTrouble } from "../lib/guard";
import type { Store } from "../lib/storage";
import { hashOf } from "./hash";
import type { Sender } from "./sender";
import type { Found } from "./urls";

export interface Files {
  /** The recording names an address. */
  found: Found;
  start(): void;
  rest(): void;
}

export interface FilesOptions {
  images: Config["images"];
  fetch: typeof fetch;
  sender: Sender;
  tab: Store;
  key: string;
}

const MOST_FONT_BYTES = 1_048_576;
const MOST_IMAGE_BYTES = 2_097_152;
const MOST_BYTES = 16_777_216; // that one page reads
const MOST_NAMED = 2_000; // addresses
const MOST_WAITING = 200;
const EVERY_MS = 200;
const NOTHING = new Uint8Array();

export function createFiles({ images, fetch, sender, tab, key }: FilesOptions): Files {
  const named = new Map<string, boolean | null>(); // address → whether of a font; null: it was taken
  const loaded = new Set<string>();
  const shut = new Set((tab.get(key) ?? "").split(" "));
  const queue: [url: string, isFont: boolean][] = [];
  let giveUp: AbortController | null = null;
  let observer: PerformanceObserver | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let bytesLeft: number = MOST_BYTES;

  const originOf = (url: string): string => new URL(url).origin;
  const isListed = (url: string): boolean => Array.isArray(images) && images.some((prefix) => url.startsWith(prefix));

  function mayTry(url: string, isFont: boolean): boolean {
    if (!/^https?:/.test(url) || url.length > LIMITS.urlChars || shut.has(originOf(url))) return false;
    return isFont || images === "all" || isListed(url) || (images !== "none" && originOf(url) === location.origin);
  }

  function consider(url: string): void {
    const isFont = named.get(url) ?? null;
    if (isFont === null || !loaded.has(url) || sender.isDone(url)) return;
    if (queue.length >= MOST_WAITING || !mayTry(url, isFont)) return;
    named.set(url, null); // once: what we read ourselves is told as loaded, too
    queue.push([url, isFont]);
    plan();
  }

  /** Resolves to the bytes, or to the reason why they may not be had. */
  async function read(url: string, isFont: boolean, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | string> {
    const most = Math.min(isFont ? MOST_FONT_BYTES : MOST_IMAGE_BYTES, bytesLeft);
    const credentials = images === "all" ? "same-origin" : "omit";
    const response = await fetch(url, { cache: "force-cache", credentials, signal, referrerPolicy: "no-referrer" });
    if (!response.ok) return "unreadable";
    const isPublic = /^(?!.*\b(private|no-store)\b).*\bpublic\b/i.test(response.headers.get("cache-control") ?? "");
    if (!isFont && images !== "all" && !isListed(url) && !isPublic) return "not_public";
    const bytes = await response.arrayBuffer();
    return bytes.byteLength > most ? "too_large" : new Uint8Array(bytes);
  }

  async function take(url: string, isFont: boolean, signal: AbortSignal): Promise<void> {
    const kind = isFont ? "font" : "image";
    const give = (hash: string, data: Uint8Array, reason?: string): void => sender.offer({ kind, url, hash, data, size: data.length, reason });
    try {
      const data = await read(url, isFont, signal);
      const hash = typeof data !== "string" && data.length ? await hashOf(data) : "";
      if (typeof data === "string" || !hash) return give("", NOTHING, typeof data === "string" ? data : "too_large");
      bytesLeft -= data.length;
      give(hash, data);
    } catch {
      if (signal.aborted) return;
      if (originOf(url) !== location.origin) tab.set(key, Array.from(shut.add(originOf(url))).join(" "));
      give("", NOTHING, "unreadable");
    }
  }

  async function run({ signal }: AbortController): Promise<void> {
    const next = queue.shift();
    if (next && !signal.aborted) await take(...next, signal).catch(reportTrouble);
    timer = undefined;
    if (queue.length) plan();
  }

  function plan(): void {
    timer ??= giveUp ? setTimeout(guard(() => giveUp && void run(giveUp)), EVERY_MS) : undefined;
  }

  return {
    found(url, isFont) {
      if (named.has(url) || named.size >= MOST_NAMED) return;
      named.set(url, isFont);
      consider(url);
    },
    start() {
      giveUp = new AbortController();
      if (typeof PerformanceObserver === "function") {
        observer ??= new PerformanceObserver(
          guard((list: PerformanceObserverEntryList) => {
            for (const { name } of list.getEntries()) {
              if (loaded.size < MOST_NAMED) loaded.add(name);
              consider(name);
            }
          }),
        );
        observer.observe({ type: "resource", buffered: true });
      }
      plan();
    },
    rest() {
      giveUp?.abort();
      giveUp = null;
      observer?.disconnect();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
