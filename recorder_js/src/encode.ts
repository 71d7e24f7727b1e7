/** Bodies from raw bytes to sent ones: each compressed alone, in a worker where the page allows one. */
import { breathe } from "./lib/breathe";
import { reportTrouble } from "./lib/guard";
import { pack, type Packed, type Write } from "./pack";
import { deflate } from "./wire/codec";
import { SHAPES, STRINGS } from "./wire/columns-table";
import { columnsWriter } from "./wire/columns-writer";
import { Codec } from "./wire/frames";

export interface Body {
  codec: number;
  rawLength: number;
  bytes: Uint8Array;
}

/** Encode raw bytes; as columns where they are an array of events, `asColumns`, and come out smaller so. */
export type Encode = (raw: Uint8Array, asColumns?: boolean) => Promise<Body>;

const WORKER_BYTES = 8_192; // below, the way to the worker and back costs more than the work
const COLUMNS_HERE_BYTES = 65_536; // on the page's own thread: a few milliseconds; what is more goes as JSON
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

type PackThere = (raw: Uint8Array, asColumns: boolean) => Promise<Packed>;

/**
 * What the worker runs; text, because a Blob URL is the only script address that we have in another's page. The functions'
 * own text, so that no page carries them twice.
 */
const workerSource = (): string => `const w=(${columnsWriter})(${JSON.stringify(SHAPES)},${JSON.stringify(STRINGS)}),p=${pack},
z=async b=>new Uint8Array(await new Response(new Blob([b]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
onmessage=async e=>{const[i,b,c]=e.data;try{const r=await p(b,c?w:null,z);postMessage([i,r],[r[2].buffer])}catch(_){postMessage([i,null])}}`;

function openWorker(onDead: () => void): PackThere | null {
  let worker: Worker;
  try {
    const url = URL.createObjectURL(new Blob([workerSource()], { type: "text/javascript" }));
    worker = new Worker(url);
    URL.revokeObjectURL(url);
  } catch {
    return null; // the page's CSP, or its Trusted Types
  }
  const waiting = new Map<number, (packed: Packed | null) => void>();
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
  worker.onmessage = ({ data: [id, packed] }: MessageEvent<[number, Packed | null]>) => {
    waiting.get(id)?.(packed);
    waiting.delete(id);
  };
  return (raw, asColumns) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const timer = setTimeout(die, WORKER_MS);
      waiting.set(id, (packed) => {
        clearTimeout(timer);
        if (packed) resolve(packed);
        else reject(new Error("the worker did not compress"));
      });
      worker.postMessage([id, raw, asColumns]);
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
  let write: Write | null = null; // not made where a worker does all
  let inWorker: PackThere | null | undefined = mayUseWorker && typeof Worker === "function" ? undefined : null;

  function noWorker(): null {
    onNoWorker();
    return (inWorker = null);
  }

  async function compress(raw: Uint8Array, asColumns: boolean): Promise<Packed> {
    if (inWorker === undefined && raw.length >= WORKER_BYTES) inWorker = openWorker(noWorker) ?? noWorker();
    if (inWorker && raw.length >= WORKER_BYTES) {
      try {
        return await inWorker(raw, asColumns);
      } catch {
        inWorker = null;
      }
    }
    if (raw.length >= WORKER_BYTES) await breathe(); // on the page's own thread: one slice, then let it live
    if (!asColumns || raw.length > COLUMNS_HERE_BYTES) return pack(raw, null, deflate);
    return pack(raw, (write ??= columnsWriter(SHAPES, STRINGS)), deflate);
  }

  return async (raw, asColumns = false) => {
    if (!canCompress || raw.length < SMALL_BYTES) return plain(raw);
    try {
      const [codec, rawLength, bytes] = await compress(raw, asColumns);
      return bytes.length < raw.length ? { codec, rawLength, bytes } : plain(raw);
    } catch (error) {
      reportTrouble(error);
      return plain(raw);
    }
  };
}
