/** Web Locks: how the tabs of an origin agree. Where there are none, everybody may; what they guard is harmless twice. */

/** Hold a lock until undone; whoever asks meanwhile knows that we live. */
export function holdLock(name: string): () => void {
  const giveUp = new AbortController();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  void navigator.locks?.request(name, { signal: giveUp.signal }, () => held).catch(() => undefined);
  return () => {
    release();
    giveUp.abort();
  };
}

/** Run while holding a lock; false, at once, where somebody else holds it. */
export async function withLock(name: string, run: () => Promise<void>): Promise<boolean> {
  if (!hasLocks()) return run().then(() => true);
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await run();
    return lock !== null;
  });
}

/** Missing in old browsers, and in pages without https. */
export function hasLocks(): boolean {
  return typeof navigator.locks?.request === "function";
}
