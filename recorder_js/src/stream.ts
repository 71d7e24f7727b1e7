/** One recorder's life in one document: its clock, its buffer, its numbers, its queue and its road, from open to end. */
import { createBuffer, FULL_SNAPSHOT, type Buffer } from "./buffer";
import { LIMITS, type Config } from "./config";
import type { Encode } from "./encode";
import { gapFor, gapLog } from "./gap";
import { createClock, type Clock } from "./lib/clock";
import { guard } from "./lib/guard";
import { randomHex } from "./lib/random";
import { createNumbering, type Numbering } from "./numbering";
import { createQueue, type Queue, type QueueOptions } from "./queue";
import { describeDevice, describePage } from "./session/page";
import type { StoredSession } from "./session/policy";
import { createTransport, type Transport } from "./transport";
import { Connection, type Effect, type State } from "./wire/connection";
import type { LogBody } from "./wire/events";
import { Codec, Flag, serializeControl, type Hello } from "./wire/frames";

const SNAPSHOT_AGAIN_MS = 30_000; // each try costs the page a snapshot of more than 64 MiB
const SNAPSHOT_MOST_MS = 600_000;

declare const __VERSION__: string;

export interface Stream {
  readonly id: string;
  readonly session: StoredSession;
  readonly clock: Clock;
  readonly buffer: Buffer;
  hello(): Uint8Array;
  /** The page hides: cut now, and see to it that a dead page's leftovers are whole. */
  hide(): void;
  leave(): void;
  comeBack(): void;
  /** Send what there is, then close. */
  end(): void;
}

export interface StreamOptions extends Pick<QueueOptions, "spool" | "onSpoolFailed" | "own"> {
  config: Config;
  session: StoredSession;
  windowId: string;
  distinctId: () => string;
  encode: Encode;
  fetch: typeof fetch;
  beforeCut: () => LogBody[];
  onEffect: (effect: Effect) => void;
  onState: (state: State) => void;
}

export function openStream(options: StreamOptions): Stream {
  const { config, session } = options;
  const id = randomHex(16);
  const clock = createClock();
  const { now } = clock;
  const page = describePage();
  const hello = (): Hello => ({
    v: 1,
    write_key: config.writeKey,
    session: session.id,
    secret: session.secret,
    stream: id,
    window: options.windowId,
    distinct_id: options.distinctId(),
    recorder: __VERSION__,
    client_ms: now(),
    page,
    device: describeDevice(),
  });
  const helloFrame = (): Uint8Array => serializeControl({ kind: "hello", body: hello() });
  const connection = new Connection({ stream: id, hello: helloFrame, gap: gapFor, random: Math.random });
  const wantSnapshot = (): void => options.onEffect({ do: "snapshot" });
  let isEnded = false;
  let snapshotAgainMs = SNAPSHOT_AGAIN_MS;
  let dropped: { firstMs: number; lastMs: number } | null = null;

  const transport: Transport = createTransport({
    host: config.host,
    connection,
    hello: helloFrame,
    now,
    fetch: options.fetch,
    onEffect(effect) {
      if (effect.do === "acked") queue.acked(effect.upto);
      else if (effect.do === "stop" || effect.do === "new_session" || effect.do === "finished") queue.forget();
      options.onEffect(effect);
      if (effect.do === "acked") goOn();
    },
    onState: options.onState,
    onTick() {
      queue.tick();
      goOn();
    },
  });
  const queue: Queue = createQueue({
    connection,
    keep: transport.keep,
    spool: options.spool,
    onSpoolFailed: options.onSpoolFailed,
    own: options.own,
    describe: () => ({ stream: id, host: config.host, hello: hello(), skewMs: -clock.drift() }),
    now,
    onSnapshotWanted: wantSnapshot,
  });
  /** An event was too large: what follows builds on it. A page that was too large whole may be smaller later. */
  function onLost(isWhole: boolean): void {
    setTimeout(guard(wantSnapshot), isWhole ? snapshotAgainMs : 0);
    if (isWhole) snapshotAgainMs = Math.min(snapshotAgainMs * 2, SNAPSHOT_MOST_MS);
  }

  const numbering: Numbering = createNumbering({
    session: session.id,
    stream: id,
    encode: options.encode,
    takesColumns: () => connection.codecs.includes(Codec.columnsGzip),
    hasRoom: () => !queue.isFull,
    onChunk: queue.push,
    onLost,
  });
  const waitingBytes = (): number => queue.memoryBytes + numbering.waitingChars;

  function addGap(reason: string, body: "dom" | "both", firstMs: number, lastMs: number): void {
    const log = gapLog(reason, body, firstMs);
    numbering.add({ dom: "", log, domEvents: 0, flags: Flag.gap, firstMs, lastMs, wallMs: Date.now(), monoMs: performance.now() });
  }

  /** There is room again, perhaps: say what is missing, and begin anew from a whole page. */
  function goOn(): void {
    numbering.resume();
    if (!dropped || waitingBytes() > (LIMITS.queueBytes * 3) / 4) return;
    const { firstMs, lastMs } = dropped;
    dropped = null;
    addGap("queue_full", "both", firstMs, lastMs);
    wantSnapshot();
  }

  const buffer = createBuffer({
    now,
    wall: Date.now,
    mono: () => performance.now(),
    schedule(run, afterMs) {
      const timer = setTimeout(run, afterMs);
      return () => clearTimeout(timer);
    },
    beforeCut: options.beforeCut,
    onDraft(draft) {
      if (connection.state === "stopped" || connection.state === "finished") return;
      goOn();
      if (dropped) dropped.lastMs = draft.lastMs;
      else if (waitingBytes() > LIMITS.queueBytes || !numbering.hasRoomFor(draft)) dropped = { firstMs: draft.firstMs, lastMs: draft.lastMs };
      else numbering.add(draft);
    },
    onTooLarge(event) {
      addGap("too_large", "dom", event.timestamp, event.timestamp);
      onLost(event.type === FULL_SNAPSHOT);
    },
  });

  transport.start();
  return {
    id,
    session,
    clock,
    buffer,
    hello: helloFrame,
    hide() {
      buffer.cut();
      if (numbering.waitingChars <= LIMITS.syncEncodeChars && !numbering.isInParts) numbering.flush(LIMITS.syncEncodeChars);
      queue.copy();
    },
    leave() {
      if (!isEnded) buffer.cut(Flag.final);
      if (!numbering.flush(LIMITS.queueBytes)) wantSnapshot();
      queue.leave();
      transport.leave();
    },
    comeBack() {
      transport.comeBack();
      queue.comeBack();
    },
    end() {
      isEnded = true;
      buffer.cut(Flag.final);
      if (!numbering.isInParts) numbering.flush(LIMITS.queueBytes); // who stops may leave at once
      numbering.whenEmpty(() => queue.whenInFront(transport.end));
    },
  };
}
