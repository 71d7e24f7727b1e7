/** The id of a tab: taken out of sessionStorage at load and put back on pagehide, so that a duplicated tab gets its own. */
import { randomHex } from "../lib/random";
import type { Store } from "../lib/storage";

export interface WindowId {
  id: string;
  putBack(): void;
  take(): void;
}

export function takeWindowId(store: Store, key: string): WindowId {
  const kept = store.get(key);
  store.remove(key);
  const id = kept && /^[0-9a-f]{16}$/.test(kept) ? kept : randomHex(8);
  return { id, putBack: () => store.set(key, id), take: () => store.remove(key) };
}
