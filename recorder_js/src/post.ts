/** A POST of frames with an answer of frames: the road where no socket opens, and for what dead pages left. */
import { packFrames, unpackFrames } from "./wire/frames";

const ANSWER_MS = 60_000; // a server that says nothing for so long has not got it
const AFTER_MOST_S = 600;

export const beaconUrl = (host: string): string => `${host}/ingest/v1/beacon`;

/** What every request of ours is like: no preflight, no cookies. */
export const REQUEST: RequestInit = { method: "POST", credentials: "omit", mode: "cors", referrerPolicy: "origin" };

export const bodyOf = (frames: Uint8Array[]): Blob => new Blob([packFrames(frames)], { type: "text/plain" });

/** Resolves to the answer, or to null where no server of ours answered; after the time that a proxy asked for. Never rejects. */
export async function postFrames(fetch: typeof window.fetch, host: string, frames: Uint8Array[], signal?: AbortSignal): Promise<Uint8Array[] | null> {
  const giveUp = new AbortController();
  const stop = (): void => giveUp.abort();
  const timer = setTimeout(stop, ANSWER_MS);
  signal?.addEventListener("abort", stop);
  try {
    const response = await fetch(beaconUrl(host), { ...REQUEST, body: bodyOf(frames), signal: giveUp.signal });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (response.ok || answer[0] === 0) return unpackFrames(answer); // a length begins with zeros, a proxy's page does not
    const afterS = Math.min(Number(response.headers.get("retry-after")) || 0, AFTER_MOST_S);
    await new Promise((resolve) => setTimeout(resolve, afterS * 1_000));
  } catch {
    // offline, or nothing that we can read
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  return null;
}
