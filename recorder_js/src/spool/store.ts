/**
 * The spool's room on disk: one IndexedDB database of the origin, `playhead`, with a row for each stream and a record for
 * each chunk. Any call may be rejected (denied, full, gone); whoever calls then does without.
 */
import { gapFor } from "../gap";
import { Flag } from "../wire/frames";
import { sumBytes, type Spooled, type StreamRow } from "./policy";

const DATABASE = "playhead";
const STREAMS = "streams";
const CHUNKS = "chunks"; // by [stream, seq]
const OPEN_MS = 5_000; // some browsers never answer

export interface SpoolStore {
  /** Have the database at hand. */
  open(): Promise<unknown>;
  /** Write a stream's row and chunks of it. Resolves to the bytes of all streams. */
  put(row: StreamRow, chunks: readonly Spooled[]): Promise<number>;
  /** The same for a page that goes: nobody hears how it ends, for code that runs in the back-forward cache throws the page out of it. */
  putLast(row: StreamRow, chunks: readonly Spooled[]): void;
  /** Read a stream's chunks in order: so many bytes and one more. */
  read(stream: string, from: number, mostBytes: number): Promise<Spooled[]>;
  /** Remove a stream's chunks below a seq; with them its row, or write that anew. */
  remove(stream: string, upto: number, row: StreamRow | null): Promise<unknown>;
  /** Turn chunks into gaps, oldest first, until so many bytes are free and a full snapshot follows. */
  thin(row: StreamRow, from: number, bytes: number): Promise<Thinned>;
  rows(): Promise<StreamRow[]>;
  /** Let go of the database; the next call opens it again. */
  close(): void;
}

export interface Thinned {
  sizes: Map<number, number>; // what the gaps weigh
  freed: number;
  isOpenEnded: boolean; // no full snapshot follows
}

const rangeOf = (stream: string, from = 0, upto = Infinity): IDBKeyRange => IDBKeyRange.bound([stream, from], [stream, upto], false, true);

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Walk over records until told to stop; resolves when the end was reached, to whether it was. */
function walk(request: IDBRequest<IDBCursorWithValue | null>, visit: (value: Spooled, cursor: IDBCursorWithValue) => boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) resolve(true);
      else if (visit(cursor.value as Spooled, cursor)) cursor.continue();
      else resolve(false);
    };
  });
}

export function openSpool(): SpoolStore {
  let db: IDBDatabase | null = null;
  let opening: Promise<IDBDatabase> | null = null;

  function close(): void {
    if (!db) return void opening?.then(() => setTimeout(close, 0)).catch(() => undefined); // who waits for it first begins
    db.close(); // what was begun still ends
    db = opening = null;
  }

  function open(): Promise<IDBDatabase> {
    return (opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no answer")), OPEN_MS);
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STREAMS, { keyPath: "stream" });
        request.result.createObjectStore(CHUNKS);
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        clearTimeout(timer);
        const mine = request.result;
        mine.onversionchange = mine.onclose = () => mine === db && close();
        resolve((db = mine));
      };
    }).catch((error) => {
      opening = null;
      throw error;
    }));
  }

  function write(transaction: IDBTransaction, row: StreamRow, chunks: readonly Spooled[]): void {
    transaction.objectStore(STREAMS).put(row);
    for (const chunk of chunks) transaction.objectStore(CHUNKS).put(chunk, [row.stream, chunk.seq]);
  }

  async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    return (db ?? (await open())).transaction([STREAMS, CHUNKS], mode);
  }

  return {
    open,
    close,
    putLast(row, chunks) {
      if (!db) return void begin("readwrite").then((transaction) => write(transaction, row, chunks)).catch(() => undefined);
      const transaction = db.transaction([STREAMS, CHUNKS], "readwrite");
      write(transaction, row, chunks);
      transaction.commit?.();
    },
    async put(row, chunks) {
      const transaction = await begin("readwrite");
      write(transaction, row, chunks);
      const rows = answerOf(transaction.objectStore(STREAMS).getAll() as IDBRequest<StreamRow[]>);
      transaction.commit?.();
      return sumBytes((await Promise.all([rows, ended(transaction)]))[0]);
    },
    async read(stream, from, mostBytes) {
      const found: Spooled[] = [];
      let bytes = 0;
      await walk((await begin("readonly")).objectStore(CHUNKS).openCursor(rangeOf(stream, from)), (chunk) => {
        found.push(chunk);
        return (bytes += chunk.bytes.length) < mostBytes;
      });
      return found;
    },
    async remove(stream, upto, row) {
      const transaction = await begin("readwrite");
      transaction.objectStore(CHUNKS).delete(rangeOf(stream, 0, upto));
      if (row) transaction.objectStore(STREAMS).put(row);
      else transaction.objectStore(STREAMS).delete(stream);
      await ended(transaction);
    },
    async thin(row, from, bytes) {
      const transaction = await begin("readwrite");
      const sizes = new Map<number, number>();
      let freed = 0;
      const isOpenEnded = await walk(transaction.objectStore(CHUNKS).openCursor(rangeOf(row.stream, from)), (chunk, cursor) => {
        if (freed >= bytes && chunk.flags & Flag.snapshot) return false;
        if (chunk.flags & Flag.gap) return true;
        try {
          const gap = gapFor(chunk, "offline_cap");
          freed += chunk.bytes.length - gap.length;
          sizes.set(chunk.seq, gap.length);
          cursor.update({ ...chunk, bytes: gap, flags: Flag.gap });
        } catch {
          cursor.delete(); // no chunk of ours: whoever misses it makes a gap
        }
        return true;
      });
      transaction.objectStore(STREAMS).put({ ...row, bytes: row.bytes - freed });
      await ended(transaction);
      return { sizes, freed, isOpenEnded };
    },
    async rows() {
      return answerOf((await begin("readonly")).objectStore(STREAMS).getAll() as IDBRequest<StreamRow[]>);
    },
  };
}
