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

class Unfit extends Error {}

const unfit = (reason: string): never => {
  throw new Unfit(reason);
};

export function createFiles({ images, fetch, sender, tab, key }: FilesOptions): Files {
  const named = new Map<string, boolean>(); // address → whether of a font
  const loaded = new Set<string>();
  const shut = new Set((tab.get(key) ?? "").split(" "));
  const queue: string[] = [];
  let giveUp: AbortController | null = null;
  let observer: PerformanceObserver | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let bytesLeft: number = LIMITS.filesBytes;

  const isListed = (url: string): boolean => Array.isArray(images) && images.some((prefix) => url.startsWith(prefix));

  function mayTry(url: string, isFont: boolean): boolean {
    if (!/^https?:/.test(url) || url.length > LIMITS.urlChars || shut.has(new URL(url).origin)) return false;
    if (isFont || images === "all" || isListed(url)) return true;
    return images !== "none" && new URL(url).origin === location.origin;
  }

  function consider(url: string): void {
    const isFont = named.get(url);
    if (isFont === undefined || !loaded.has(url) || sender.isDone(url) || queue.includes(url)) return;
    if (queue.length >= LIMITS.filesWaiting || !mayTry(url, isFont)) return;
    queue.push(url);
    plan();
  }

  async function read(url: string, isFont: boolean, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const most = isFont ? LIMITS.fontBytes : LIMITS.imageBytes;
    const credentials = images === "all" ? "same-origin" : "omit";
    const response = await fetch(url, { cache: "force-cache", credentials, signal, referrerPolicy: "no-referrer" });
    const header = (name: string): string => response.headers.get(name) ?? "";
    if (!response.ok) unfit("unreadable");
    const isPublic = /\bpublic\b/i.test(header("cache-control")) && !/\b(private|no-store)\b/i.test(header("cache-control"));
    if (!isFont && images !== "all" && !isListed(url) && !isPublic) unfit("not_public");
    if (Number(header("content-length")) > most) unfit("too_large");
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > most || bytes.length > bytesLeft) unfit("too_large");
    return bytes;
  }

  async function take(url: string, signal: AbortSignal): Promise<void> {
    const kind = named.get(url) ? "font" : "image";
    const asset = { kind, url, hash: "", size: 0, data: "" } as const;
    try {
      const data = await read(url, kind === "font", signal);
      const hash = await hashOf(data);
      if (!hash || !data.length) return unfit("too_large");
      bytesLeft -= data.length;
      sender.offer({ ...asset, hash, data, size: data.length });
    } catch (error) {
      if (signal.aborted) return;
      const { origin } = new URL(url);
      if (!(error instanceof Unfit) && origin !== location.origin) tab.set(key, Array.from(shut.add(origin)).join(" "));
      sender.offer({ ...asset, reason: error instanceof Unfit ? error.message : "unreadable" });
    }
  }

  async function run({ signal }: AbortController): Promise<void> {
    const url = queue.shift();
    if (url && !signal.aborted) await take(url, signal).catch(reportTrouble);
    timer = undefined;
    if (queue.length) plan();
  }

  function plan(): void {
    timer ??= giveUp ? setTimeout(guard(() => giveUp && void run(giveUp)), LIMITS.fileEveryMs) : undefined;
  }

  return {
    found(url, isFont) {
      if (named.has(url) || named.size >= LIMITS.filesNamed) return;
      named.set(url, isFont);
      consider(url);
    },
    start() {
      giveUp = new AbortController();
      if (typeof PerformanceObserver === "function") {
        observer ??= new PerformanceObserver(
          guard((list: PerformanceObserverEntryList) => {
            for (const { name } of list.getEntries()) {
              if (loaded.size < LIMITS.filesNamed) loaded.add(name);
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
