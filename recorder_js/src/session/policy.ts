/** When a session ends; pure. */
export interface StoredSession {
  id: string;
  secret: string;
  startedMs: number; // wall clock of the page that made it
  activeMs: number; // when a person last did something, in any tab
}

export interface SessionLimits {
  idleMs: number;
  sessionMs: number;
}

export function isOver(session: StoredSession, nowMs: number, limits: SessionLimits): boolean {
  const isFromTheFuture = session.startedMs > nowMs + limits.idleMs; // the clock was set back
  return isFromTheFuture || nowMs - session.activeMs > limits.idleMs || nowMs - session.startedMs > limits.sessionMs;
}

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Read what a tab, or another version, left; null when it will not do. */
export function parseStored(json: string | null): StoredSession | null {
  try {
    const stored = JSON.parse(json ?? "null") as StoredSession | null;
    if (!stored || !UUID7.test(stored.id) || !/^[\w-]{43}$/.test(stored.secret)) return null;
    return Number.isFinite(stored.startedMs) && Number.isFinite(stored.activeMs) ? stored : null;
  } catch {
    return null;
  }
}
