/** The 64 KiB that a page's keepalive requests and beacons may hold at a time, all of them together: ours and the page's own. */
const MOST_BYTES = 60 * 1_024; // what the browser counts beside the bodies stays below the rest
const BEACON_MS = 3_000; // nobody says when a beacon has arrived

let inFlight = 0;

/** Bytes that may still be handed over. */
export function keepaliveRoom(): number {
  return Math.max(0, MOST_BYTES - inFlight);
}

/** Count a request until the returned function is called. */
export function countKeepalive(bytes = 0): () => void {
  inFlight += bytes;
  return () => {
    inFlight -= bytes;
    bytes = 0;
  };
}

/** Count a beacon, for about as long as it takes. */
export function countBeacon(bytes = 0): void {
  setTimeout(countKeepalive(bytes), BEACON_MS);
}
