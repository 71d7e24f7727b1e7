/** Stylesheets, fonts and images of a page: found in its recording, sent by hash. */
import type { Config } from "../config";
import type { Encode } from "../encode";
import type { DomGate } from "../capture/context";
import { guard } from "../lib/guard";
import type { Store } from "../lib/storage";
import { createFiles } from "./files";
import { createSender, type Sender } from "./sender";
import { createSheets, type Attributes } from "./sheets";
import { findInCss, findInElement } from "./urls";

export interface Assets extends DomGate {
  open: Sender["open"];
  start(): void;
  /** Hold nothing that would cost the page its place in the back-forward cache. */
  rest(): void;
}

export interface AssetsOptions {
  config: Config;
  fetch: typeof fetch;
  encode: Encode;
  tab: Store;
  /** Stylesheets stay in the recording from now on: time for a full snapshot that has them. */
  onOff: () => void;
}

const NO_ASSETS = "playhead_no_assets";

const WITH_CSS = new Set([8, 10, 13, 15]); // rrweb's sources: style rule, font, style declaration, adopted sheet

export function createAssets({ config, fetch, encode, tab, onOff }: AssetsOptions): Assets {
  const sender = createSender({ host: config.host, fetch, encode, tab, key: `playhead_assets_${config.project}`, onLost });
  const files = createFiles({ images: config.images, fetch, sender, tab, key: "playhead_no_read" });
  const sheets = createSheets(sender.isDone, ({ hash, text, size }) => sender.offer({ hash, kind: "stylesheet", url: "", size, data: text }));
  const scanned = new Set<string>();
  let found: Attributes[] = [];
  let isOff = tab.get(NO_ASSETS) !== null;

  /** A stylesheet cannot be had by its hash: an older server, or one that is too full. */
  function onLost(): void {
    if (isOff) return;
    isOff = true;
    tab.set(NO_ASSETS, "1");
    onOff();
  }

  return {
    see: guard((tag: string, attributes: Attributes, isHidden: () => boolean) => {
      const text = attributes._cssText;
      if (typeof text === "string") {
        found.push(attributes);
        if (scanned.has(text)) return;
        if (scanned.size < 500) scanned.add(text);
      }
      if (!isHidden()) findInElement(tag, attributes, files.found);
    }),
    pass(event, emit) {
      const { source, fontSource, family } = event.data as { source?: number; fontSource?: string; family?: string };
      if (WITH_CSS.has(source as number)) guard(findInCss)(family ? `@font-face{${fontSource}}` : JSON.stringify(event.data), files.found);
      const mine = found;
      found = [];
      sheets.pass(event, isOff ? [] : mine, emit);
    },
    flush: sheets.flush,
    open: sender.open,
    start: files.start,
    rest() {
      files.rest();
      sender.rest();
    },
  };
}
