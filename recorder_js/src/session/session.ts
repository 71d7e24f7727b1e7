/** The session that the tabs of one browser share: read, prolonged, or begun anew. */
import { makeUuid7, randomSecret } from "../lib/random";
import type { Store } from "../lib/storage";
import { isOver, parseStored, type SessionLimits, type StoredSession } from "./policy";

export interface SessionKeeper {
  /** The session of now, begun if there is none. */
  current(nowMs: number): StoredSession;
  /** Whether the last one ended, by idleness or age. */
  isOver(nowMs: number): boolean;
  /** A person did something: prolong, or begin the next. */
  touch(nowMs: number): StoredSession;
  /** Forget it; the next one is somebody else's. */
  renew(nowMs: number): StoredSession;
}

export function createSessionKeeper(store: Store, key: string, limits: SessionLimits & { touchMs: number }): SessionKeeper {
  let known: StoredSession | null = null;
  const read = (): StoredSession | null => (known = parseStored(store.get(key)) ?? known);
  const write = (session: StoredSession): StoredSession => {
    store.set(key, JSON.stringify(session));
    return (known = session);
  };
  const renew = (nowMs: number): StoredSession =>
    write({ id: makeUuid7(nowMs), secret: randomSecret(32), startedMs: nowMs, activeMs: nowMs });
  return {
    renew,
    current(nowMs) {
      const session = read();
      return session && !isOver(session, nowMs, limits) ? session : renew(nowMs);
    },
    isOver(nowMs) {
      const session = read();
      return !session || isOver(session, nowMs, limits);
    },
    touch(nowMs) {
      if (known && nowMs - known.activeMs < limits.touchMs && nowMs >= known.activeMs) return known;
      const session = read();
      return session && !isOver(session, nowMs, limits) ? write({ ...session, activeMs: nowMs }) : renew(nowMs);
    },
  };
}
