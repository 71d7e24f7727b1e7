/** The page's spool: opened once, given up once, and drained of what dead pages left, now and then. */
import { guard, reportTrouble } from "./lib/guard";
import { listen, undoAll } from "./lib/listen";
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
  const undos: (() => void)[] = [];
  let spool: SpoolStore | null = openSpool();
  let isDraining = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function onFailed(error: unknown): void {
    if (!spool) return;
    spool.close();
    spool = null;
    reportTrouble(error);
    onDegraded(`nothing is kept on disk: ${(error as Error | null)?.name ?? "it failed"}`);
  }

  async function look(giveUp: AbortSignal): Promise<void> {
    if (isDraining || !spool) return;
    isDraining = true;
    const post = (to: string, frames: Uint8Array[]): ReturnType<typeof postFrames> => postFrames(fetch, to, frames, giveUp);
    const wait = await drain({ spool, host, own, post, now: Date.now })
      .catch((error) => (giveUp.aborted ? null : (onFailed(error), null)))
      .finally(() => (isDraining = false));
    if (!giveUp.aborted) plan(Math.max(wait ?? 0, AGAIN_MS * (0.5 + Math.random())), giveUp);
  }

  function plan(afterMs: number, giveUp: AbortSignal): void {
    clearTimeout(timer);
    timer = setTimeout(guard(() => void look(giveUp)), afterMs);
  }

  return {
    spool: () => spool,
    onFailed,
    start() {
      const giveUp = new AbortController();
      undos.push(
        () => clearTimeout(timer),
        () => giveUp.abort(),
        listen(window, "online", () => plan(Math.random() * FIRST_MS, giveUp.signal)),
      );
      plan(FIRST_MS, giveUp.signal);
    },
    rest() {
      undoAll(undos);
      spool?.close();
    },
  };
}
