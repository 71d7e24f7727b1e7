/** The 64 KiB that a page's keepalive requests and beacons may hold at a time, all of them together: ours and the page's own. */
const MOST_BYTES = 60 * 1_024; // what the browser counts beside the bodies stays below the rest
const FLIGHT_MS = 3_000; // a beacon does not say when it has arrived, and a page in the back-forward cache must not ask

let inFlight = 0;

/** Bytes that may still be handed over. */
export function keepaliveRoom(): number {
  return MOST_BYTES - inFlight;
}

/** Count a request for about as long as it takes. */
export function countKeepalive(bytes = 0): void {
  inFlight += bytes;
  setTimeout(() => (inFlight -= bytes), FLIGHT_MS);
}
