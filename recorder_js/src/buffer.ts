/** Events in, drafts out: a draft is a chunk that has no number yet. */
import { LIMITS } from "./config";
import { Flag } from "./wire/frames";
import { MAX_PARTS_RAW_BYTES } from "./wire/limits";
import type { DomEvent, LogBody, LogEvent } from "./wire/events";

export interface Draft {
  dom: string; // JSON array, or "" for none
  log: string;
  domEvents: number;
  flags: number;
  firstMs: number;
  lastMs: number;
  wallMs: number;
  monoMs: number;
}

export interface BufferOptions {
  now: () => number; // stream clock
  wall: () => number;
  mono: () => number;
  schedule: (run: () => void, afterMs: number) => () => void; // returns its cancel
  /** Log events that sum up what happened since the last cut. */
  beforeCut: () => LogBody[];
  onDraft: (draft: Draft) => void;
  /** An event beyond what one may have. */
  onTooLarge: (event: DomEvent) => void;
}

export interface Buffer {
  addDom(event: DomEvent): void;
  addLog(body: LogBody, t?: number): void;
  cut(flags?: number): void;
  /** Forget what is here. */
  clear(): void;
}

export const FULL_SNAPSHOT = 2;

function toJson(event: DomEvent): string | null {
  try {
    const json = JSON.stringify(event);
    return json.length < MAX_PARTS_RAW_BYTES ? json : null;
  } catch {
    return null; // longer than any string may be
  }
}

export function createBuffer(options: BufferOptions): Buffer {
  let dom: string[] = [];
  let log: string[] = [];
  let domChars = 0;
  let logChars = 0;
  let flags = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  let cancel: (() => void) | null = null;
  let nextId = 0;
  const beganMs = options.now();

  function clear(): void {
    cancel?.();
    cancel = null;
    dom = [];
    log = [];
    domChars = logChars = flags = 0;
    firstMs = Infinity;
    lastMs = -Infinity;
  }

  function note(at: number): void {
    firstMs = Math.min(firstMs, at);
    lastMs = Math.max(lastMs, at);
    cancel ??= options.schedule(cut, LIMITS.cutAfterMs);
  }

  function pushLog(body: LogBody, t: number): void {
    const event: LogEvent = { id: (nextId++).toString(36), t: Math.round(t * 10) / 10, ...body };
    const json = JSON.stringify(event);
    if (logChars > 0 && logChars + json.length > LIMITS.cutLogChars) cut();
    log.push(json);
    logChars += json.length;
    note(Math.max(event.t, beganMs)); // a resource may tell of before; the stream's span does not stretch for it
  }

  function cut(moreFlags = 0): void {
    if (dom.length + log.length > 0 || moreFlags & Flag.final) for (const body of options.beforeCut()) pushLog(body, options.now());
    if (dom.length + log.length === 0) return;
    const draft: Draft = {
      dom: dom.length ? `[${dom.join(",")}]` : "",
      log: log.length ? `[${log.join(",")}]` : "",
      domEvents: dom.length,
      flags: flags | moreFlags,
      firstMs,
      lastMs,
      wallMs: options.wall(),
      monoMs: options.mono(),
    };
    clear();
    options.onDraft(draft);
  }

  return {
    clear,
    cut,
    addDom(event) {
      const json = toJson(event);
      if (json === null) {
        cut();
        return options.onTooLarge(event);
      }
      if (domChars > 0 && domChars + json.length > LIMITS.cutChars) cut();
      dom.push(json);
      domChars += json.length + 1;
      if (event.type === FULL_SNAPSHOT) flags |= Flag.snapshot;
      note(event.timestamp);
      if (domChars > LIMITS.cutChars) cut();
    },
    addLog(body, t) {
      pushLog(body, t ?? options.now());
      if (log.length >= LIMITS.cutLogEvents || logChars > LIMITS.cutLogChars) cut();
    },
  };
}
