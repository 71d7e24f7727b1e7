/** Bodies from text to bytes: raw slices, each compressed alone, in a worker where the page allows one. */
import { LIMITS } from "./config";
import { reportTrouble } from "./lib/guard";
import { deflate } from "./wire/codec";
import { Codec } from "./wire/frames";

export interface Body {
  codec: number;
  rawLength: number;
  bytes: Uint8Array;
}

const EMPTY: Body = { codec: Codec.empty, rawLength: 0, bytes: new Uint8Array() };
const WORKER_BYTES = 8_192; // below, the way to the worker and back costs more than the work
const SMALL_BYTES = 256; // gzip's own header and table eat what it would win
const WORKER_MS = 10_000; // a worker that says nothing for so long is not coming back

/** The raw bytes of a text, in slices that fit a chunk whatever the compressor does. */
function slices(text: string): Uint8Array[] {
  const raw = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < raw.length; at += LIMITS.partBytes) pieces.push(raw.slice(at, at + LIMITS.partBytes));
  return pieces;
}

function plain(raw: Uint8Array): Body {
  return { codec: Codec.json, rawLength: raw.length, bytes: raw };
}

/** Encode at once, for a page that goes away. */
export function encodeNow(text: string): Body[] {
  const bodies = slices(text).map(plain);
  return bodies.length ? bodies : [EMPTY];
}

type Deflate = (raw: Uint8Array) => Promise<Uint8Array>;

/** What the worker runs; text, because a Blob URL is the only script address that we have in another's page. */
const WORKER_SOURCE = `onmessage=async e=>{const[i,b]=e.data;try{
const r=await new Response(new Blob([b]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
postMessage([i,r],[r])}catch(_){postMessage([i,null])}}`;

function openWorker(onDead: () => void): Deflate | null {
  let worker: Worker;
  try {
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
    worker = new Worker(url);
    URL.revokeObjectURL(url);
  } catch {
    return null; // the page's CSP, or its Trusted Types
  }
  const waiting = new Map<number, (bytes: ArrayBuffer | null) => void>();
  let nextId = 0;
  const die = (): void => {
    worker.terminate();
    onDead();
    for (const answer of waiting.values()) answer(null);
    waiting.clear();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    die();
  };
  worker.onmessage = ({ data: [id, bytes] }: MessageEvent<[number, ArrayBuffer | null]>) => {
    waiting.get(id)?.(bytes);
    waiting.delete(id);
  };
  return (raw) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const timer = setTimeout(die, WORKER_MS);
      waiting.set(id, (bytes) => {
        clearTimeout(timer);
        if (bytes) resolve(new Uint8Array(bytes));
        else reject(new Error("the worker did not compress"));
      });
      worker.postMessage([id, raw]);
    });
}

const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export interface EncoderOptions {
  mayUseWorker: boolean;
  /** The page lets no worker live; another try would only write another report into its console. */
  onNoWorker: () => void;
}

/** Make an encoder: text → the bodies of its slices. It never rejects; what will not compress goes as it is. */
export function createEncoder({ mayUseWorker, onNoWorker }: EncoderOptions): (text: string) => Promise<Body[]> {
  const canCompress = typeof CompressionStream === "function";
  let inWorker: Deflate | null | undefined = mayUseWorker && typeof Worker === "function" ? undefined : null;

  function noWorker(): null {
    onNoWorker();
    return (inWorker = null);
  }

  async function compress(raw: Uint8Array): Promise<Uint8Array> {
    if (inWorker === undefined && raw.length >= WORKER_BYTES) inWorker = openWorker(noWorker) ?? noWorker();
    if (inWorker && raw.length >= WORKER_BYTES) {
      try {
        return await inWorker(raw);
      } catch {
        inWorker = null;
      }
    }
    if (raw.length >= WORKER_BYTES) await breathe(); // on the page's own thread: one slice, then let it live
    return deflate(raw);
  }

  async function encodeSlice(raw: Uint8Array): Promise<Body> {
    if (!canCompress || raw.length < SMALL_BYTES) return plain(raw);
    try {
      const bytes = await compress(raw);
      return bytes.length < raw.length ? { codec: Codec.gzip, rawLength: raw.length, bytes } : plain(raw);
    } catch (error) {
      reportTrouble(error);
      return plain(raw);
    }
  }

  return async (text) => {
    const bodies: Body[] = [];
    for (const raw of slices(text)) bodies.push(await encodeSlice(raw));
    return bodies.length ? bodies : [EMPTY];
  };
}
