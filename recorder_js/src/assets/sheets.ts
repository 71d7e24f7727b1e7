/**
 * Stylesheets leave the stream: a large one's text goes to the server once, and stands as `playhead-asset:<hash>` from then on.
 *
 * Until the server says that it keeps a sheet for this session the text stays in the recording: a page may be gone at any moment.
 * An event whose sheet is new waits for its hash, and what comes after it waits too, so that the order stays; a moment at most.
 * A page that hides meanwhile sends the text as it is. CSSOM never writes a rule that looks like a reference.
 */
import { breathe } from "../lib/breathe";
import { reportTrouble } from "../lib/guard";
import type { DomEvent } from "../wire/events";
import { hashOf } from "./hash";

const LEAST_CHARS = 1_024; // below, the reference and its rows cost more than they save
const MOST_BYTES = 4_194_304; // larger ones stay in the recording
const MOST_CHARS = 16_777_216; // of all that a page shows: their texts stay in memory
const WAIT_MS = 2_000; // that an event may wait for a hash

export type Attributes = Record<string, unknown>;

interface Sheet {
  hash: string;
  text: string;
  size: number;
}

interface Waiting {
  event: DomEvent;
  emit: (event: DomEvent) => void;
  isReady: boolean;
}

export interface Sheets {
  /** Give an event on, now or soon. `found` are the attributes in it that hold a stylesheet's text. */
  pass(event: DomEvent, found: Attributes[], emit: (event: DomEvent) => void): void;
  /** Give on all that waits, as it is. */
  flush(): void;
}

/** One that stands in several texts stays: rrweb spreads it over them, and they change one by one. */
const isLarge = (text: unknown): boolean => typeof text === "string" && text.length >= LEAST_CHARS && !text.includes("/* rr_split */");

export function createSheets(isKept: (hash: string) => boolean, onShown: (sheet: Sheet) => void): Sheets {
  const sheets = new Map<string, Sheet | null>(); // by text; null: it stays where it is
  const waiting: Waiting[] = [];
  let heldChars = 0;

  function giveOn(all = false): void {
    while (waiting[0] && (all || waiting[0].isReady)) {
      const { event, emit } = waiting.shift() as Waiting;
      emit(event);
    }
  }

  /** Put the reference in the text's place where it is known; says whether there is nothing to wait for. */
  function replace(attributes: Attributes): boolean {
    const sheet = sheets.get(attributes._cssText as string);
    if (!sheet) return sheet === null;
    if (isKept(sheet.hash)) attributes._cssText = `playhead-asset:${sheet.hash}`;
    else onShown(sheet);
    return true;
  }

  async function learn(text: string): Promise<void> {
    await breathe();
    const bytes = new TextEncoder().encode(text);
    const hash = bytes.length <= MOST_BYTES ? await hashOf(bytes) : null;
    sheets.set(text, hash === null ? null : { hash, text, size: bytes.length });
  }

  return {
    pass(event, found, emit) {
      const fresh = found.filter(({ _cssText: text }) => isLarge(text)).filter((each) => !replace(each));
      if (!fresh.length && !waiting.length) return emit(event);
      const mine = { event, emit, isReady: !fresh.length };
      waiting.push(mine);
      if (!fresh.length) return;
      const texts = new Set(fresh.map((each) => each._cssText as string));
      for (const text of texts) heldChars += sheets.has(text) ? 0 : text.length;
      const timer = setTimeout(() => giveOn(true), WAIT_MS);
      void Promise.all(heldChars > MOST_CHARS ? [] : Array.from(texts, learn))
        .catch(reportTrouble)
        .then(() => {
          clearTimeout(timer);
          if (waiting.includes(mine)) fresh.forEach(replace);
          mine.isReady = true;
          giveOn();
        });
    },
    flush: () => giveOn(true),
  };
}
