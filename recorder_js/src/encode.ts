/** Bodies from raw bytes to sent ones: each compressed alone, in a worker where the page allows one. */
import { breathe } from "./lib/breathe";
import { reportTrouble } from "./lib/guard";
import { deflate } from "./wire/codec";
import { Codec } from "./wire/frames";

export interface Body {
  codec: number;
  rawLength: number;
  bytes: Uint8Array;
}

export type Encode = (raw: Uint8Array) => Promise<Body>;

const WORKER_BYTES = 8_192; // below, the way to the worker and back costs more than the work
const SMALL_BYTES = 256; // gzip's own header and table eat what it would win
const WORKER_MS = 10_000; // a worker that says nothing for so long is not coming back

/** A body as it is. */
export function plain(raw: Uint8Array): Body {
  return { codec: raw.length ? Codec.json : Codec.empty, rawLength: raw.length, bytes: raw };
}

/** Encode at once, for a page that goes away. */
export function encodeNow(text: string): Body {
  return plain(new TextEncoder().encode(text));
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

export interface EncoderOptions {
  mayUseWorker: boolean;
  /** The page lets no worker live; another try would only write another report into its console. */
  onNoWorker: () => void;
}

/** Make an encoder. It never rejects; what will not compress goes as it is. */
export function createEncoder({ mayUseWorker, onNoWorker }: EncoderOptions): Encode {
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

  return async (raw) => {
    if (!canCompress || raw.length < SMALL_BYTES) return plain(raw);
    try {
      const bytes = await compress(raw);
      return bytes.length < raw.length ? { codec: Codec.gzip, rawLength: raw.length, bytes } : plain(raw);
    } catch (error) {
      reportTrouble(error);
      return plain(raw);
    }
  };
}
