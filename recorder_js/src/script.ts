/** The script tag's entry: takes over the queue, begins from the tag's own attributes, leaves `window.playhead` behind. */
import * as api from "./index";
import { guard } from "./lib/guard";
import { setScriptOrigin } from "./lib/script-origin";

type Call = [name: string, ...args: unknown[]];

const methods = { ...api };
const names = methods as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;

const perform = guard((call: Call): unknown => {
  const [name, ...args] = Array.from(call) as Call;
  return names[name]?.(...args);
});

/** `none`, `all`, `public`, or addresses with a space between. */
const imagesOf = (words?: string): api.InitOptions["images"] => (/^(public|all|none)$/.test(words ?? "public") ? (words as "all") : words?.split(/\s+/));

function load(): void {
  const page = window as unknown as { playhead?: { isLoaded?: boolean; length?: number } & ArrayLike<Call> };
  const before = page.playhead;
  if (before?.isLoaded) return; // loaded twice: the first stays
  const tag = (document.currentScript ?? document.querySelector("script[data-write-key]")) as HTMLScriptElement | null;
  if (tag?.src) setScriptOrigin(new URL(tag.src).origin);
  page.playhead = { ...methods, isLoaded: true, push: perform } as never;
  const queue = before && typeof before.length === "number" ? Array.from(before) : [];
  const isInit = (call: Call): boolean => call[0] === "init";
  const data = tag?.dataset;
  if (data?.writeKey) {
    perform([
      "init",
      { writeKey: data.writeKey, host: data.host, worker: data.worker !== "off", images: imagesOf(data.images), autoStart: data.autoStart !== "off" },
    ]);
  }
  for (const call of [...queue.filter(isInit), ...queue.filter((call) => !isInit(call))]) perform(call);
}

guard(load)();
