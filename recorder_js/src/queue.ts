/**
 * What is numbered and not acked, between numbering and the connection:
 *
 *   numbering ─▶ front: in the connection, in memory ─▶ the server        while all is well
 *                  └─ copy on disk                                       when no ack comes, and when the page hides
 *             ─▶ tail: on disk only ─▶ front, as acks make room          when the front is full
 *
 * The front comes before the tail, in order of seq. Where the disk fails there is no tail; then what is too much is not numbered.
 */
import { LIMITS } from "./config";
import { gapAt, gapFor } from "./gap";
import { breathe } from "./lib/breathe";
import { guard, reportTrouble } from "./lib/guard";
import { hasLocks, holdLock, withLock } from "./lib/locks";
import { excess, isBeatDue, leftovers, lockOf, type Spooled, type StreamRow } from "./spool/policy";
import type { SpoolStore } from "./spool/store";
import type { Connection } from "./wire/connection";
import { Flag } from "./wire/frames";

const FRONT_BYTES = LIMITS.queueBytes / 2; // the rest of the memory is for what waits for the disk
const READ_BYTES = 1_048_576;
const WRITE_AFTER_MS = 300; // one transaction for what comes together
const WRITE_BYTES = 1_048_576;

export interface Queue {
  push(seq: number, bytes: Uint8Array, flags: number): void;
  acked(upto: number): void;
  /** About once a second. */
  tick(): void;
  /** The page hides: all to the disk, too. */
  copy(): void;
  /** The page goes, perhaps for good. */
  leave(): void;
  comeBack(): void;
  /** Nobody will want these bytes. */
  forget(): void;
  /** Call back once nothing is on disk only. */
  whenInFront(then: () => void): void;
  /** In memory; the front counts whole while there is a disk. */
  readonly memoryBytes: number;
  /** Whether a large event should wait with its next part. */
  readonly isFull: boolean;
}

export interface QueueOptions {
  connection: Connection;
  keep: (seq: number, bytes: Uint8Array, flags: number) => void;
  /** Null once the disk has failed. */
  spool: () => SpoolStore | null;
  onSpoolFailed: (error: unknown) => void;
  describe: () => Omit<StreamRow, "at" | "bytes">;
  /** The streams of this page: nobody's leftovers. */
  own: ReadonlySet<string>;
  now: () => number; // stream clock
  onSnapshotWanted: () => void;
}

export function createQueue(options: QueueOptions): Queue {
  const { connection } = options;
  const { stream, hello } = options.describe();
  const sizes = new Map<number, number>(); // of what is on disk, or on its way there
  let waiting: Spooled[] = []; // for the disk
  let waitingBytes = 0;
  let writing: Spooled[] = [];
  let tailFrom = 0; // on disk only: tailFrom ≤ seq < tailUpto
  let tailUpto = 0;
  let ackedUpto = 0;
  let removedUpto = 0;
  let movedAt = options.now(); // when an ack came, or nothing waited for one
  let wroteAt = 0;
  let sinceSnapshot = 0;
  let isCapped = false; // others fill the disk
  let isReading = false;
  let isTidying = false;
  let letGo: (() => void) | null = null; // of the lock that says: we live
  let onFront: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hasTail = (): boolean => tailFrom < tailUpto;
  const isWell = (): boolean => (connection.state === "open" || connection.state === "posting") && options.now() - movedAt < LIMITS.spoolAfterMs;
  const onDisk = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const row = (): StreamRow => ({ ...options.describe(), at: (wroteAt = Date.now()), bytes: onDisk() });

  function release(): void {
    letGo?.();
    letGo = null;
  }

  /** The disk is gone. What waits for it stays in memory; of what was on it only, the numbers are left. */
  function fail(error: unknown): void {
    if (options.spool()) options.onSpoolFailed(error);
    isReading = isTidying = false;
    clearTimeout(timer);
    const bySeq = unwritten();
    let isLost = false;
    while (hasTail()) {
      const seq = tailFrom++;
      const chunk = bySeq.get(seq);
      isLost ||= !chunk;
      options.keep(seq, chunk?.bytes ?? gapOf(seq), chunk?.flags ?? Flag.gap);
    }
    waiting = writing = [];
    waitingBytes = 0;
    sizes.clear();
    release();
    if (isLost) options.onSnapshotWanted();
    arrived();
  }

  const gapOf = (seq: number): Uint8Array => gapAt(hello.session, stream, seq, options.now(), "offline_cap");

  function toDisk(seq: number, bytes: Uint8Array, flags: number): void {
    sizes.set(seq, bytes.length);
    waiting.push({ seq, bytes, flags, at: Date.now() });
    waitingBytes += bytes.length;
    if (waitingBytes > WRITE_BYTES) void write();
    else timer ??= setTimeout(guard(write), WRITE_AFTER_MS);
  }

  /** Write what waits; begins at once. */
  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const spool = options.spool();
    if (!spool || waiting.length === 0 || writing.length > 0) return;
    [writing, waiting, waitingBytes] = [waiting, [], 0];
    letGo ??= holdLock(lockOf(stream));
    try {
      const total = await spool.put(row(), writing);
      writing = [];
      await makeRoom(spool, total);
    } catch (error) {
      return fail(error);
    }
    if (waiting.length > 0) timer ??= setTimeout(guard(write), WRITE_AFTER_MS);
    void tidy();
    refill();
  }

  /** Over the cap the oldest goes: of dead pages first, then our own, never what another living page counts on. */
  async function makeRoom(spool: SpoolStore, total: number): Promise<void> {
    let need = excess(total);
    if (isCapped && need === 0) options.onSnapshotWanted();
    isCapped &&= need > 0;
    if (need === 0 || isCapped) return;
    for (const left of hasLocks() ? leftovers(await spool.rows(), options.own) : []) {
      if (need > 0) await withLock(lockOf(left.stream), async () => void (need -= (await spool.thin(left, 0, need)).freed));
    }
    if (need <= 0) return;
    while (isReading) await breathe();
    isReading = true;
    const thinned = hasTail() ? await spool.thin(row(), tailFrom, need) : null;
    isReading = false;
    for (const [seq, size] of thinned?.sizes ?? []) if (sizes.has(seq)) sizes.set(seq, size);
    isCapped = !thinned || thinned.freed < need - LIMITS.spoolRoomBytes;
    if (thinned?.isOpenEnded && !isCapped) options.onSnapshotWanted();
  }

  function refill(): void {
    const spool = options.spool();
    if (isReading || !hasTail() || connection.heldBytes > FRONT_BYTES / 2 || !spool) return;
    isReading = true;
    void takeFromDisk(spool)
      .catch(fail)
      .then(() => {
        isReading = false;
        if (hasTail()) refill();
        else arrived();
      })
      .catch(reportTrouble);
  }

  async function takeFromDisk(spool: SpoolStore): Promise<void> {
    const bySeq = unwritten();
    const upto = tailUpto; // what comes meanwhile may be written and not read
    const found = bySeq.has(tailFrom) ? [] : await spool.read(stream, tailFrom, READ_BYTES);
    for (const chunk of found) bySeq.set(chunk.seq, chunk);
    const isAll = found.reduce((sum, chunk) => sum + chunk.bytes.length, 0) < READ_BYTES && found.length > 0;
    const known = Math.max(found[found.length - 1]?.seq ?? tailFrom);
    for (let bytes = 0; tailFrom < upto && bytes < READ_BYTES; ) {
      const chunk = bySeq.get(tailFrom);
      if (!chunk && tailFrom > known && !isAll) break;
      const seq = tailFrom++;
      bytes += chunk?.bytes.length ?? 0;
      options.keep(seq, chunk?.bytes ?? gapOf(seq), chunk?.flags ?? Flag.gap); // sent by another page, perhaps: then the gap is a duplicate
    }
  }

  const unwritten = (): Map<number, Spooled> => new Map([...writing, ...waiting].map((chunk) => [chunk.seq, chunk]));

  function arrived(): void {
    if (!hasTail()) onFront?.();
  }

  /** Remove from the disk what was acked. */
  async function tidy(): Promise<void> {
    const spool = options.spool();
    if (!spool || isTidying || removedUpto >= ackedUpto || !letGo || writing.length > 0) return;
    isTidying = true;
    const upto = ackedUpto;
    const isEmpty = sizes.size === 0;
    await spool.remove(stream, upto, isEmpty ? null : row()).catch(fail);
    removedUpto = upto;
    isTidying = false;
    if (isEmpty && sizes.size === 0) release();
    else void tidy();
  }

  function copy(): void {
    if (!options.spool()) return;
    for (const { seq, bytes, flags } of connection.unacked) if (!sizes.has(seq)) toDisk(seq, bytes, flags);
  }

  return {
    copy() {
      copy();
      void write();
    },
    push(seq, bytes, flags) {
      if (connection.state === "stopped") return;
      if (connection.heldBytes === 0) movedAt = options.now();
      if (!options.spool() || (!hasTail() && connection.heldBytes + bytes.length <= FRONT_BYTES)) return options.keep(seq, bytes, flags);
      if (!hasTail()) tailFrom = seq;
      tailUpto = seq + 1;
      if (isCapped) [bytes, flags] = [gapFor({ bytes }, "offline_cap"), Flag.gap];
      toDisk(seq, bytes, flags);
      sinceSnapshot = flags & Flag.snapshot ? 0 : sinceSnapshot + bytes.length;
      if (sinceSnapshot <= LIMITS.spoolSnapshotBytes || isCapped) return;
      sinceSnapshot = 0;
      options.onSnapshotWanted();
    },
    acked(upto) {
      movedAt = options.now();
      ackedUpto = Math.max(ackedUpto, upto);
      for (const seq of sizes.keys()) if (seq < upto) sizes.delete(seq);
      tailFrom = Math.max(tailFrom, upto);
      refill();
    },
    tick() {
      if (connection.heldBytes === 0) movedAt = options.now();
      else if (!isWell()) copy();
      if (!hasLocks() && sizes.size > 0 && isBeatDue(wroteAt, Date.now())) void options.spool()?.put(row(), []).catch(fail);
      if (!options.spool() && hasTail()) fail(null); // it failed another stream of ours
      void tidy();
      refill();
    },
    leave() {
      const spool = options.spool();
      if (spool) {
        copy();
        clearTimeout(timer);
        timer = undefined;
        const rest = [...writing, ...waiting]; // what is under way, too: its transaction may not have begun
        if (rest.length > 0) guard(spool.putLast)(row(), rest);
        waiting = [];
        waitingBytes = 0;
      }
      release();
    },
    comeBack() {
      if (sizes.size > 0) letGo ??= holdLock(lockOf(stream));
      refill();
    },
    forget() {
      tailFrom = tailUpto;
      waiting = [];
      sizes.clear();
      ackedUpto = Infinity;
      void tidy();
    },
    whenInFront(then) {
      onFront = then;
      arrived();
    },
    get memoryBytes() {
      return waitingBytes + writing.reduce((sum, chunk) => sum + chunk.bytes.length, 0) + (options.spool() ? FRONT_BYTES : connection.heldBytes);
    },
    get isFull() {
      if (!options.spool() || isWell()) return hasTail() || connection.heldBytes > FRONT_BYTES;
      return onDisk() > LIMITS.spoolPartsBytes;
    },
  };
}
