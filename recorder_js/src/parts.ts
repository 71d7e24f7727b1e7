/** What a recorder is to the public API, and what it is made from. */
import type { Config } from "./config";
import type { Signals } from "./lib/signals";
import type { Store } from "./lib/storage";
import type { VisitorKeeper } from "./session/visitor";
import type { LogBody } from "./wire/events";

export interface Recorder {
  start(): void;
  stop(): void;
  log(body: LogBody): void;
  /** Begin a new session now, for somebody else. */
  renew(): void;
  /** The session, and the stream if one runs; both at this instant. */
  place(): { session: string; stream: string | null; toStreamMs: (epochMs: number) => number };
}

export interface RecorderParts {
  config: Config;
  signals: Signals;
  visitor: VisitorKeeper;
  local: Store;
  tab: Store;
  onStream: () => void; // a stream began: time to say what every stream should know
}
