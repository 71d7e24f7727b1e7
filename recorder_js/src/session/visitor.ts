/** Whom the customer says the visitor is: anonymous until identified. */
import { makeUuid7 } from "../lib/random";
import type { Store } from "../lib/storage";

export const MOST_ID_CHARS = 200;

export interface Visitor {
  distinctId: string;
  anonymousId: string;
  isIdentified: boolean;
}

export interface VisitorKeeper {
  current(): Visitor;
  identify(distinctId: string): Visitor;
  reset(): Visitor;
}

function parse(json: string | null): Visitor | null {
  try {
    const stored = JSON.parse(json ?? "null") as { d: unknown; a: unknown } | null;
    if (!stored || typeof stored.a !== "string" || typeof stored.d !== "string" || !stored.d || !stored.a) return null;
    return { distinctId: stored.d, anonymousId: stored.a, isIdentified: stored.d !== stored.a };
  } catch {
    return null;
  }
}

export function createVisitorKeeper(store: Store, key: string, nowMs: () => number): VisitorKeeper {
  const write = (distinctId: string, anonymousId: string): Visitor => {
    store.set(key, JSON.stringify({ d: distinctId, a: anonymousId }));
    return { distinctId, anonymousId, isIdentified: distinctId !== anonymousId };
  };
  const reset = (): Visitor => {
    const id = makeUuid7(nowMs());
    return write(id, id);
  };
  const current = (): Visitor => parse(store.get(key)) ?? reset();
  return { current, reset, identify: (distinctId) => write(distinctId, current().anonymousId) };
}

/** An id that can stand for one person: not what a template prints when it has none. */
export function isUsableId(id: unknown): id is string {
  if (typeof id !== "string" || !id.trim() || id.length > MOST_ID_CHARS) return false;
  return !/^(undefined|null|none|nan|true|false|anonymous|guest|0|-1|\[object object\])$/i.test(id.trim());
}
