/** What every capture gets, and all that it knows of the recorder. */
import type { HideRules } from "../privacy/element";
import type { DomEvent, LogBody } from "../wire/events";

export type Undo = () => void;

export interface CaptureContext {
  rules: HideRules & { ignoreSelector: string | null };
  isFirst: boolean; // false when a new stream begins in the same document: what was there before is told already
  now(): number; // stream clock
  fromMono(monoMs: number): number; // a performance.now() time, on the stream clock
  log(body: LogBody, t?: number): void;
  dom(event: DomEvent): void;
  /** Whether one more of a kind may be told in this second; what may not is counted, and that is told. */
  rate(what: string): { allows(): boolean };
  nodeId(node: Node): number; // rrweb's, −1 where it has none
  /** Whether a URL is our own server's road; such requests are never recorded. */
  isOwn(url: string): boolean;
}

/** What each event of the page itself passes on its way to the stream (assets/). */
export interface DomGate {
  /** An element's attributes, before its event is passed on. */
  see(tag: string, attributes: Record<string, unknown>, isHidden: () => boolean): void;
  /** Give an event on, now or soon. */
  pass(event: DomEvent, emit: (event: DomEvent) => void): void;
  /** Give on all that waits. */
  flush(): void;
}

/** A capture: begins to watch, and returns what undoes it. */
export type Capture = (context: CaptureContext) => Undo;
