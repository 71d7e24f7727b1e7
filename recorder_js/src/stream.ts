/** One recorder's life in one document: its clock, its buffer, its numbers and its road, from open to end. */
import { createBuffer, type Buffer } from "./buffer";
import { LIMITS, type Config } from "./config";
import { createNumbering, gapLog, type Numbering } from "./numbering";
import { encodeNow, type Body } from "./encode";
import { createClock, type Clock } from "./lib/clock";
import { randomHex } from "./lib/random";
import { describeDevice, describePage } from "./session/page";
import type { StoredSession } from "./session/policy";
import { createTransport, type Transport } from "./transport";
import { Connection, type Effect, type Held, type State } from "./wire/connection";
import type { LogBody } from "./wire/events";
import { Codec, Flag, parseFrame, serializeChunk, serializeControl } from "./wire/frames";

declare const __VERSION__: string;

export interface Stream {
  readonly id: string;
  readonly session: StoredSession;
  readonly clock: Clock;
  readonly buffer: Buffer;
  /** Cut now; `isAtOnce` encodes on the spot what is small enough. */
  flush(isAtOnce: boolean): void;
  leave(): void;
  comeBack(): void;
  /** Send what there is, then close. */
  end(): void;
}

export interface StreamOptions {
  config: Config;
  session: StoredSession;
  windowId: string;
  distinctId: () => string;
  encode: (text: string) => Promise<Body[]>;
  fetch: typeof fetch;
  beforeCut: () => LogBody[];
  onEffect: (effect: Effect) => void;
  onState: (state: State) => void;
}

/** The gap that takes the seq of refused bytes. */
function gapFor(held: Held, reason: string, body: "dom" | "log" | "both"): Uint8Array {
  const frame = parseFrame(held.bytes);
  if (frame.kind !== "chunk") throw new Error("only chunks are held");
  const chunk = frame.body;
  const log = encodeNow(gapLog(reason, body, chunk.firstMs))[0] as Body;
  const header = { ...chunk, flags: Flag.gap | (chunk.flags & Flag.final), domCodec: Codec.empty, domRawLength: 0, domEvents: 0 };
  const asGap = { ...header, logCodec: log.codec, logRawLength: log.rawLength, partIndex: 0, partCount: 1 };
  return serializeChunk(asGap, new Uint8Array(), log.bytes);
}

export function openStream(options: StreamOptions): Stream {
  const { config, session } = options;
  const id = randomHex(16);
  const clock = createClock();
  const now = clock.now;
  const page = describePage();
  const hello = (): Uint8Array =>
    serializeControl({
      kind: "hello",
      body: {
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
      },
    });
  const connection = new Connection({ stream: id, hello, gap: gapFor, random: Math.random });
  let isEnded = false;
  let dropped: { firstMs: number; lastMs: number } | null = null;

  const onEffect = (effect: Effect): void => {
    options.onEffect(effect);
    if (effect.do === "acked") endDrop();
  };
  const transport: Transport = createTransport({
    host: config.host,
    connection,
    hello,
    now,
    fetch: options.fetch,
    onEffect,
    onState: options.onState,
  });
  const numbering: Numbering = createNumbering({ session: session.id, stream: id, encode: options.encode, onChunk: transport.keep });
  const queued = (): number => connection.heldBytes + numbering.waitingChars;

  /** The queue has room again: say what is missing, and begin anew from a whole page. */
  function endDrop(): void {
    if (!dropped || queued() > LIMITS.queueBytes / 2) return;
    const { firstMs, lastMs } = dropped;
    dropped = null;
    const log = gapLog("queue_full", "both", firstMs);
    numbering.add({ dom: "", log, domEvents: 0, flags: Flag.gap, firstMs, lastMs, wallMs: Date.now(), monoMs: performance.now() });
    options.onEffect({ do: "snapshot" });
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
      endDrop();
      if (dropped) dropped.lastMs = draft.lastMs;
      else if (connection.state === "stopped") return;
      else if (queued() > LIMITS.queueBytes) dropped = { firstMs: draft.firstMs, lastMs: draft.lastMs };
      else numbering.add(draft);
    },
  });

  transport.start();
  return {
    id,
    session,
    clock,
    buffer,
    flush(isAtOnce) {
      buffer.cut();
      if (isAtOnce && numbering.waitingChars <= LIMITS.syncEncodeChars) numbering.flush();
    },
    leave() {
      if (!isEnded) buffer.cut(Flag.final);
      numbering.flush();
      transport.leave();
    },
    comeBack: transport.comeBack,
    end() {
      isEnded = true;
      buffer.cut(Flag.final);
      numbering.flush();
      transport.end();
    },
  };
}
