/**
 * The server's half of the conversation, with no I/O. Twin of replay/wire/connection.py, which draws it; in no bundle:
 * simulations speak with it.
 */
import { checkChunk, checkHello, readKey } from "./checks";
import { Codec, HEADER_BYTES, Kind, parseFrame, serializeControl, type Chunk, type Control, type Hello } from "./frames";
import * as limits from "./limits";
import { Narrowing } from "./narrowing";
import { REFUSALS, WireError, type Code } from "./refusals";

const CLOSE_REFUSED = 1008;
const CLOSE_RESTARTING = 1012;

export type Command =
  | { do: "admit"; hello: Hello } // then call admitted or refuse
  | { do: "keep"; chunk: Chunk } // then call kept, chunkRefused or settled
  | { do: "send"; frame: Uint8Array; refused?: { code: Code; stream: string; seq: number | null } }
  | { do: "close"; code: number }
  | { do: "clock"; stream: string; offset_ms: number; rtt_ms: number };

export interface Outcome {
  chunk: Chunk;
  code: Code | null; // why it was not kept
  nextSeq: number | null; // of its stream, where known
}

interface Speaker {
  session: string;
  upto: number; // the last that was acked
  rttMs: number; // of the clock's best estimate
  partSeq: number; // where the next part of an event is expected
  partRaw: number; // how many raw bytes its parts hold up to there
  flight: Map<number, number>; // seq → bytes of what is on its way, as its page sees it
}

export class ServerConnection {
  isOver = false;
  private readonly mostBytes: number;
  private readonly mostChunks: number;
  private readonly window: Narrowing;
  private readonly speakers = new Map<string, Speaker>();
  private flightBytes = 0;
  private flightChunks = 0;
  private unsettledBytes = 0;
  private unsettledChunks = 0;

  constructor(windowBytes = limits.WINDOW_BYTES, windowChunks = limits.WINDOW_CHUNKS) {
    this.mostBytes = windowBytes + limits.MAX_FRAME_BYTES; // the last chunk may be larger than what was left
    this.mostChunks = windowChunks;
    this.window = new Narrowing(windowBytes, windowChunks);
  }

  receive(frame: Uint8Array, nowMs: number): Command[] {
    if (this.isOver) return [];
    try {
      return frame[0] === Kind.chunk ? this.receiveChunk(frame) : this.receiveControl(frame, nowMs);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.refused(error.code, error.stream, error.seq);
    }
  }

  /** The stream may speak. */
  admitted(hello: Hello, nextSeq: number, nowMs: number): Command[] {
    if (this.isOver) return [];
    this.forget(hello.stream);
    const { session } = hello;
    this.speakers.set(hello.stream, { session, upto: nextSeq, rttMs: Infinity, partSeq: -1, partRaw: 0, flight: new Map() });
    const body = { stream: hello.stream, next_seq: nextSeq, server_ms: nowMs, v: limits.VERSION, max_chunk_bytes: limits.MAX_FRAME_BYTES };
    const codecs = [Codec.columns, Codec.columnsGzip];
    return [send({ kind: "welcome", body: { ...body, ...this.window.tell(), heartbeat_s: limits.HEARTBEAT_S, codecs } })];
  }

  /** What became of chunks, all that are known at once: one nack for each that was refused, one ack for each stream. */
  settled(outcomes: Iterable<Outcome>): Command[] {
    const nacks: Command[] = [];
    const upto = new Map<string, number>();
    let ending: Command[] | (() => Command[]) = [];
    for (const { chunk, code, nextSeq } of outcomes) {
      this.settle(chunk);
      if (code !== null && !REFUSALS[code].ends) nacks.push(...this.refused(code, chunk.stream, chunk.seq));
      else if (code !== null && Array.isArray(ending)) ending = () => this.refuse(code, 0, chunk.stream, chunk.seq);
      if (nextSeq !== null) upto.set(chunk.stream, Math.max(nextSeq, upto.get(chunk.stream) ?? 0));
    }
    const acks = [...upto].map(([stream, nextSeq]) => this.ack(stream, nextSeq));
    return [...nacks, ...acks, ...(Array.isArray(ending) ? ending : ending())];
  }

  kept(chunk: Chunk, nextSeq: number): Command[] {
    return this.settled([{ chunk, code: null, nextSeq }]);
  }

  chunkRefused(chunk: Chunk, code: Code, nextSeq: number | null = null): Command[] {
    return this.settled([{ chunk, code, nextSeq }]);
  }

  /** End the conversation; because of a stream or a chunk of it, where one is named. Acks may still follow. */
  refuse(code: Code, afterMs = 0, stream = "", seq: number | null = null): Command[] {
    if (this.isOver) return [];
    this.isOver = true;
    const { isPermanent, sentence } = REFUSALS[code];
    const body = { code, message: sentence, retry: !isPermanent, after_ms: afterMs };
    const close = code === "server_closing" ? CLOSE_RESTARTING : CLOSE_REFUSED;
    return [
      { ...send({ kind: "goaway", body }), refused: { code, stream, seq } },
      { do: "close", code: close },
    ];
  }

  /** Another socket speaks for this stream now. */
  takenOver(stream: string): Command[] {
    if (!this.forget(stream) || this.speakers.size > 0) return [];
    return this.refuse("taken_over", 0, stream);
  }

  /** Narrow the window to what a server can take that is under so much pressure: 0 none, 1 all that it bears. */
  press(level: number): Command[] {
    const isUrgent = this.window.press(level);
    if (!isUrgent || this.isOver || this.speakers.size === 0) return [];
    return [send({ kind: "window", body: this.window.tell() })];
  }

  private receiveChunk(frame: Uint8Array): Command[] {
    const key = readKey(frame);
    const speaker = this.speakers.get(key.stream);
    if (speaker?.session !== key.session) return this.refuse(speaker ? "bad_frame" : "unknown_stream", 0, key.stream, key.seq);
    const chunk = checkChunk(frame);
    if (!this.fly(speaker, chunk.seq, frame.length)) return this.refuse("over_window", 0, chunk.stream, chunk.seq);
    if (chunk.partCount > 1 && !takesPart(speaker, chunk)) return this.chunkRefused(chunk, "inflated_too_large");
    return [{ do: "keep", chunk }];
  }

  private receiveControl(frame: Uint8Array, nowMs: number): Command[] {
    if (frame[0] === Kind.hello) {
      const hello = checkHello(frame);
      if (this.speakers.size >= limits.MAX_STREAMS && !this.speakers.has(hello.stream)) return this.refuse("too_many", 0, hello.stream);
      return [{ do: "admit", hello }];
    }
    if (frame[0] === Kind.ping && frame.length <= limits.MAX_HELLO_BYTES) return this.receivePing(frame, nowMs);
    return this.refuse("bad_frame");
  }

  private receivePing(frame: Uint8Array, nowMs: number): Command[] {
    let ping: { client_ms: number; stream?: string; rtt_ms?: number };
    try {
      ping = parseFrame(frame).body as typeof ping;
    } catch {
      throw new WireError("bad_frame");
    }
    const { client_ms, stream, rtt_ms } = ping;
    if (typeof client_ms !== "number" || (rtt_ms !== undefined && typeof rtt_ms !== "number")) throw new WireError("bad_frame");
    const pong = send({ kind: "pong", body: { client_ms, server_ms: nowMs } });
    const speaker = this.speakers.get(stream ?? "");
    if (!speaker || stream === undefined || rtt_ms === undefined) return [pong];
    const isSound = rtt_ms >= 0 && rtt_ms <= limits.MAX_RTT_MS && Math.abs(client_ms) <= limits.MAX_TIME_MS;
    if (!isSound || rtt_ms >= speaker.rttMs) return [pong];
    speaker.rttMs = rtt_ms;
    return [pong, { do: "clock", stream, offset_ms: nowMs - client_ms - rtt_ms / 2, rtt_ms }];
  }

  /** An ack that never goes back, though outcomes of two packs may come in either order. */
  private ack(stream: string, nextSeq: number): Command {
    const speaker = this.speakers.get(stream);
    const upto = Math.max(nextSeq, speaker?.upto ?? 0);
    if (speaker) {
      speaker.upto = upto;
      for (const seq of speaker.flight.keys()) {
        if (seq >= upto) break;
        this.land(speaker, seq);
      }
    }
    return send({ kind: "ack", body: { stream, upto, ...(this.window.isNews ? this.window.tell() : {}) } });
  }

  private refused(code: Code, stream: string, seq: number | null): Command[] {
    const { isPermanent, ends, sentence } = REFUSALS[code];
    if (ends || seq === null) return this.refuse(code, 0, stream, seq);
    const body = { stream, seq, code, message: sentence, permanent: isPermanent };
    return [{ ...send({ kind: "nack", body }), refused: { code, stream, seq } }];
  }

  /** Count a chunk; say whether the page keeps to the window. An ack ends the flight of all that it covers, settled here or not. */
  private fly(speaker: Speaker, seq: number, size: number): boolean {
    this.unsettledChunks++;
    this.unsettledBytes += size;
    if (seq >= speaker.upto && !speaker.flight.has(seq)) {
      speaker.flight.set(seq, size);
      this.flightChunks++;
      this.flightBytes += size;
    }
    return (
      this.flightChunks <= this.mostChunks &&
      this.flightBytes <= this.mostBytes &&
      this.unsettledChunks <= 2 * this.mostChunks &&
      this.unsettledBytes <= 2 * this.mostBytes
    );
  }

  private land(speaker: Speaker, seq: number): void {
    const size = speaker.flight.get(seq);
    if (size === undefined) return;
    speaker.flight.delete(seq);
    this.flightChunks--;
    this.flightBytes -= size;
  }

  private settle(chunk: Chunk): void {
    this.unsettledChunks--;
    this.unsettledBytes -= HEADER_BYTES + chunk.dom.length + chunk.log.length;
    const speaker = this.speakers.get(chunk.stream);
    if (speaker) this.land(speaker, chunk.seq);
  }

  private forget(stream: string): boolean {
    const speaker = this.speakers.get(stream);
    for (const seq of [...(speaker?.flight.keys() ?? [])]) this.land(speaker as Speaker, seq);
    return this.speakers.delete(stream);
  }
}

/** Whether a part keeps its event within bounds, as far as its parts came here one after the other. */
function takesPart(speaker: Speaker, chunk: Chunk): boolean {
  if (chunk.partIndex === 0) speaker.partRaw = 0;
  else if (chunk.seq !== speaker.partSeq) return true; // sent again, or begun elsewhere: whoever joins the parts has the same bound
  speaker.partSeq = chunk.seq + 1;
  speaker.partRaw += chunk.domRawLength;
  return speaker.partRaw <= limits.MAX_PARTS_RAW_BYTES;
}

const send = (control: Control): { do: "send"; frame: Uint8Array } => ({ do: "send", frame: serializeControl(control) });
