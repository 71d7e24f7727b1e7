/** The page's spool: opened once, given up once, and drained of what dead pages left, now and then. */
import { guard, reportTrouble } from "./lib/guard";
import { postFrames } from "./post";
import { drain } from "./spool/drainer";
import { openSpool, type SpoolStore } from "./spool/store";

const FIRST_MS = 3_000; // the page's own start comes first; and what the page before sent while it left has arrived
const AGAIN_MS = 60_000;

export interface Leftovers {
  /** Null once it has failed. */
  spool(): SpoolStore | null;
  onFailed(error: unknown): void;
  /** Look now and then for what dead pages left. */
  start(): void;
  /** The server is there (again): look soon. */
  hurry(): void;
  /** Hold nothing that would cost the page its place in the back-forward cache. */
  rest(): void;
}

export interface LeftoversOptions {
  host: string;
  own: ReadonlySet<string>;
  fetch: typeof fetch;
  onDegraded: (why: string) => void;
}

export function createLeftovers({ host, own, fetch, onDegraded }: LeftoversOptions): Leftovers {
  let spool: SpoolStore | null = openSpool();
  let giveUp: AbortController | null = null;
  let isDraining = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function onFailed(error: unknown): void {
    if (!spool) return;
    spool.close();
    spool = null;
    reportTrouble(error);
    onDegraded(`nothing is kept on disk: ${(error as Error | null)?.name ?? "it failed"}`);
  }

  async function look({ signal }: AbortController): Promise<void> {
    if (isDraining || !spool) return;
    isDraining = true;
    const post = (to: string, frames: Uint8Array[]): ReturnType<typeof postFrames> => postFrames(fetch, to, frames, signal);
    let wait: number | null = null;
    try {
      wait = await drain({ spool, host, own, post, now: Date.now });
    } catch (error) {
      if (!signal.aborted) onFailed(error);
    }
    isDraining = false;
    plan(Math.max(wait ?? 0, AGAIN_MS * (0.5 + Math.random())));
  }

  function plan(afterMs: number): void {
    clearTimeout(timer);
    if (giveUp) timer = setTimeout(guard(() => giveUp && void look(giveUp)), afterMs);
  }

  const hurry = (): void => plan(FIRST_MS);

  return {
    spool: () => spool,
    onFailed,
    hurry,
    start() {
      giveUp = new AbortController();
      setTimeout(() => void spool?.open().catch(onFailed), 0); // a page that leaves soon has no time for it
      hurry();
    },
    rest() {
      giveUp?.abort();
      giveUp = null;
      clearTimeout(timer);
      spool?.close();
    },
  };
}
