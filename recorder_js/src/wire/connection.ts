/**
 * The page's end of the conversation, for one stream, with no I/O: facts go in, effects come out, time is an argument.
 *
 *                     ┌──────────────────────── closed, dead, goaway ───────────────────────┐
 *                     ▼                                                                      │
 *   idle ─ start ─▶ waiting ─ its time comes ─▶ opening ─ opened: hello ─▶ greeting ─ welcome ─▶ open
 *                     │  ▲                                                                   │
 *     two sockets in  │  └── answered, or refused: with backoff                             ├─ all acked ─▶ finished
 *     a row failed:   ▼  │   every 30 s a socket is tried again                              └─ stop ──────▶ stopped
 *                    posting
 *
 * What is held is resent until an ack covers it; the same bytes under the same seq, so twice is harmless.
 */
import { BadFrame, Flag, parseFrame, serializeControl, type Control, type Frame, type Welcome } from "./frames";
import { remedyFor } from "./errors";
import { MAX_BEACON_BYTES, MAX_BEACON_FRAMES } from "./limits";

export type State = "idle" | "waiting" | "opening" | "greeting" | "open" | "posting" | "finished" | "stopped";

export interface Held {
  seq: number;
  bytes: Uint8Array;
  flags: number;
  isSent: boolean; // on the socket that is open now
  refusals: number; // times the server called these bytes bad
}

export type Effect =
  | { do: "open" }
  | { do: "close" }
  | { do: "send"; frame: Uint8Array }
  | { do: "post"; frames: Uint8Array[] }
  | { do: "acked"; upto: number }
  | { do: "snapshot" }
  | { do: "new_stream" }
  | { do: "new_session" }
  | { do: "stop"; code: string; message: string }
  | { do: "finished" };

export interface ConnectionOptions {
  stream: string;
  hello: (nowMs: number) => Uint8Array;
  /** Make the gap that stands for refused bytes, under their seq. */
  gap: (held: Held, reason: string, body: "dom" | "log" | "both") => Uint8Array;
  random: () => number;
}

export const BACKOFF_FIRST_MS = 500; // the first wait is anywhere below this
export const BACKOFF_MOST_MS = 30_000;
export const GREETING_MS = 10_000; // from opening to welcome; a proxy may swallow the upgrade
export const SILENCE_MS = 30_000; // with bytes in flight and nothing heard: the socket is half open
export const SOCKET_AGAIN_MS = 30_000; // while posting
export const SOCKETS_BEFORE_POST = 2;
const POST_BYTES = MAX_BEACON_BYTES - 32_768; // room for the hello and the lengths

export class Connection {
  state: State = "idle";
  nextSeq = 0; // the server's lower bound
  private held: Held[] = []; // in order of seq
  private windowBytes = 262_144; // until welcome says more
  private windowChunks = 16;
  private heartbeatMs = 20_000;
  private failedSockets = 0;
  private attempt = 0;
  private wakeAt = 0; // waiting: when to open; open: when to resend after a transient nack
  private heardAt = 0;
  private saidAt = 0;
  private openedAt = 0;
  private socketAgainAt = 0;
  private isPosting = false;
  private isEnding = false;
  private hasOpened = false; // sockets do work here: when one fails, it is the server, not the road

  constructor(private readonly options: ConnectionOptions) {}

  get unacked(): readonly Held[] {
    return this.held;
  }

  get heldBytes(): number {
    return this.held.reduce((sum, one) => sum + one.bytes.length, 0);
  }

  start(now: number): Effect[] {
    if (this.state !== "idle") return [];
    this.state = "waiting";
    this.wakeAt = now;
    return this.tick(now);
  }

  /** Hold numbered bytes until they are acked. Seqs come in order. */
  keep(seq: number, bytes: Uint8Array, flags: number, now: number): Effect[] {
    if (this.state === "stopped") return [];
    this.held.push({ seq, bytes, flags, isSent: false, refusals: 0 });
    return this.pump(now);
  }

  /** No more will come: close once all is acked. */
  end(): Effect[] {
    this.isEnding = true;
    return this.finishIfDone();
  }

  opened(now: number): Effect[] {
    if (this.state !== "opening") return [];
    this.state = "greeting";
    this.heardAt = this.saidAt = now;
    return [{ do: "send", frame: this.options.hello(now) }];
  }

  /** The socket is gone, by whichever end. */
  closed(now: number): Effect[] {
    if (this.state !== "opening" && this.state !== "greeting" && this.state !== "open") return [];
    if (this.state !== "open") this.failedSockets++;
    return this.wait(now);
  }

  received(bytes: Uint8Array, now: number): Effect[] {
    if (this.state !== "greeting" && this.state !== "open") return [];
    this.heardAt = now;
    let frame: Frame;
    try {
      frame = parseFrame(bytes);
    } catch (error) {
      if (error instanceof BadFrame) return []; // a later server's frame: nothing to us
      throw error;
    }
    return this.heard(frame, now);
  }

  /** A POST came back: its frames, or null when the road itself failed. */
  posted(frames: readonly Uint8Array[] | null, now: number): Effect[] {
    if (this.state !== "posting") {
      this.isPosting = false;
      return [];
    }
    const before = this.nextSeq;
    const effects: Effect[] = [];
    for (const bytes of frames ?? []) {
      try {
        effects.push(...this.heard(parseFrame(bytes), now));
      } catch (error) {
        if (!(error instanceof BadFrame)) throw error;
      }
      if (this.state !== "posting") break;
    }
    this.isPosting = false; // not before: an answer's welcome must not post anew what its ack covers
    if (this.state !== "posting") return effects;
    if (this.nextSeq === before) this.wakeAt = Math.max(this.wakeAt, now + this.backoff());
    else if (this.hasOpened) return [...effects, ...this.open(now)];
    effects.push(...this.pump(now));
    return effects;
  }

  /** Let time act; call about once a second. */
  tick(now: number): Effect[] {
    switch (this.state) {
      case "waiting":
        if (now < this.wakeAt) return [];
        if (this.failedSockets >= SOCKETS_BEFORE_POST && now < this.socketAgainAt) {
          this.state = "posting";
          return this.pump(now);
        }
        return this.open(now);
      case "posting":
        if (!this.isPosting && now >= this.socketAgainAt) return this.open(now);
        return this.pump(now);
      case "opening":
      case "greeting":
        return now - this.openedAt > GREETING_MS ? this.fail(now) : [];
      case "open":
        if (this.inFlight().chunks > 0 && now - this.heardAt > SILENCE_MS) return this.fail(now);
        return [...this.beat(now), ...this.pump(now)];
      default:
        return [];
    }
  }

  /** The network is back: do not wait any longer. */
  hurry(now: number): Effect[] {
    if (this.state !== "waiting" && this.state !== "posting") return [];
    this.wakeAt = now;
    return this.tick(now);
  }

  /** The page hides for good or for a while: leave the socket, keep what is held. */
  suspend(): Effect[] {
    if (this.state === "stopped" || this.state === "finished") return [];
    this.state = "idle";
    this.isPosting = false;
    for (const one of this.held) one.isSent = false;
    return [{ do: "close" }];
  }

  /** What a beacon of so many bytes should carry: first what no socket has taken, then the rest, each in order. */
  tail(mostBytes: number): Uint8Array[] {
    let room = mostBytes;
    const chosen = new Set<Held>();
    for (const one of [...this.held.filter((one) => !one.isSent), ...this.held.filter((one) => one.isSent)]) {
      if (one.bytes.length + 4 > room || chosen.size === MAX_BEACON_FRAMES - 1) continue;
      room -= one.bytes.length + 4;
      chosen.add(one);
    }
    return this.held.filter((one) => chosen.has(one)).map((one) => one.bytes);
  }

  private open(now: number): Effect[] {
    this.state = "opening";
    this.openedAt = now;
    this.socketAgainAt = now + SOCKET_AGAIN_MS;
    for (const one of this.held) one.isSent = false;
    return [{ do: "open" }];
  }

  private fail(now: number): Effect[] {
    if (this.state !== "open") this.failedSockets++;
    return [{ do: "close" }, ...this.wait(now)];
  }

  private wait(now: number, leastMs = 0): Effect[] {
    this.state = "waiting";
    this.wakeAt = now + leastMs + this.backoff();
    for (const one of this.held) one.isSent = false;
    return [];
  }

  /** Full jitter: anywhere between now and a bound that doubles. */
  private backoff(): number {
    const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** this.attempt++);
    return this.options.random() * most;
  }

  private beat(now: number): Effect[] {
    if (now - this.saidAt < this.heartbeatMs) return [];
    if (this.heardAt < this.saidAt - this.heartbeatMs) return this.fail(now); // the ping before this one had no answer
    this.saidAt = now;
    return [{ do: "send", frame: serializeControl({ kind: "ping", body: { client_ms: now } }) }];
  }

  private heard(frame: Frame, now: number): Effect[] {
    switch (frame.kind) {
      case "welcome":
        return frame.body.stream === this.options.stream ? this.welcomed(frame.body, now) : [];
      case "ack":
        return frame.body.stream === this.options.stream ? this.acked(frame.body.upto, now) : [];
      case "nack":
        return frame.body.stream === this.options.stream ? this.refused(frame, now) : [];
      case "goaway":
        return this.sentAway(frame, now);
      case "pong":
      case "window":
      case "hello":
      case "ping":
      case "chunk":
        return [];
      default: {
        const never: never = frame;
        return never;
      }
    }
  }

  private welcomed(welcome: Welcome, now: number): Effect[] {
    this.windowBytes = welcome.window_bytes || this.windowBytes;
    this.windowChunks = welcome.window_chunks || this.windowChunks;
    this.heartbeatMs = welcome.heartbeat_s * 1000 || this.heartbeatMs;
    if (this.state === "greeting") {
      this.state = "open";
      this.failedSockets = 0;
      this.hasOpened = true;
      this.wakeAt = 0;
    }
    return this.acked(welcome.next_seq, now);
  }

  private acked(upto: number, now: number): Effect[] {
    if (upto <= this.nextSeq) return this.pump(now);
    this.nextSeq = upto;
    this.attempt = 0;
    this.held = this.held.filter((one) => one.seq >= upto);
    return [{ do: "acked", upto }, ...this.pump(now)];
  }

  private refused(frame: Control & { kind: "nack" }, now: number): Effect[] {
    const { code, seq, permanent } = frame.body;
    const one = this.held.find((held) => held.seq === seq);
    if (!one) return [];
    const remedy = remedyFor(code, "nack", permanent);
    switch (remedy) {
      case "drop":
        this.held = this.held.filter((held) => held !== one);
        return this.pump(now);
      case "new_stream":
        this.state = "stopped";
        return [{ do: "close" }, { do: "new_stream" }];
      case "gap":
        this.replace(one, code, code === "bad_log" ? "log" : "both");
        return this.pump(now);
      case "gap_and_snapshot":
        this.replace(one, code, "both");
        return [{ do: "snapshot" }, ...this.pump(now)];
      case "resend_once":
        one.isSent = false;
        if (++one.refusals < 2) return this.pump(now);
        this.replace(one, code, "both");
        return [{ do: "snapshot" }, ...this.pump(now)];
      default:
        one.isSent = false;
        this.wakeAt = Math.max(this.wakeAt, now + this.backoff());
        return [];
    }
  }

  private sentAway(frame: Control & { kind: "goaway" }, now: number): Effect[] {
    const { code, message, retry, after_ms } = frame.body;
    const remedy = remedyFor(code, "goaway", !retry);
    if (remedy === "stop") {
      this.state = "stopped";
      this.held = [];
      return [{ do: "close" }, { do: "stop", code, message }];
    }
    if (remedy === "new_session") {
      this.state = "stopped";
      this.held = [];
      return [{ do: "close" }, { do: "new_session" }];
    }
    const effects: Effect[] = this.state === "posting" ? [] : [{ do: "close" }];
    const first = this.held[0];
    if (code === "bad_frame" && first && ++first.refusals >= 2) {
      this.replace(first, code, "both");
      effects.push({ do: "snapshot" });
    }
    if (this.state === "posting") this.wakeAt = now + (after_ms || 0) + this.backoff();
    else this.wait(now, after_ms || 0);
    return effects;
  }

  /** The server will never keep these bytes: a gap takes their seq. */
  private replace(one: Held, reason: string, body: "dom" | "log" | "both"): void {
    one.isSent = false;
    if (one.flags & Flag.gap) this.held = this.held.filter((held) => held !== one); // even the gap is refused
    else one.bytes = this.options.gap(one, reason, body);
    one.flags |= Flag.gap;
  }

  private inFlight(): { bytes: number; chunks: number } {
    const sent = this.held.filter((one) => one.isSent);
    return { bytes: sent.reduce((sum, one) => sum + one.bytes.length, 0), chunks: sent.length };
  }

  private pump(now: number): Effect[] {
    if (now < this.wakeAt) return [];
    if (this.state === "posting") return this.post(now);
    if (this.state !== "open") return [];
    const effects: Effect[] = [];
    const flight = this.inFlight();
    if (flight.chunks === 0 && this.held.length > 0) this.heardAt = now; // the silence is counted from here
    for (const one of this.held) {
      if (one.isSent) continue;
      const fits = flight.bytes + one.bytes.length <= this.windowBytes && flight.chunks < this.windowChunks;
      if (!fits && flight.chunks > 0) break;
      one.isSent = true;
      flight.bytes += one.bytes.length;
      flight.chunks++;
      this.saidAt = now;
      effects.push({ do: "send", frame: one.bytes });
    }
    return [...effects, ...this.finishIfDone()];
  }

  private post(now: number): Effect[] {
    if (this.isPosting || this.held.length === 0) return this.finishIfDone();
    const frames = [this.options.hello(now)];
    let bytes = 0;
    for (const one of this.held) {
      if (bytes + one.bytes.length > POST_BYTES || frames.length === MAX_BEACON_FRAMES) break;
      bytes += one.bytes.length + 4;
      frames.push(one.bytes);
    }
    this.isPosting = true;
    return [{ do: "post", frames }];
  }

  private finishIfDone(): Effect[] {
    if (!this.isEnding || this.held.length > 0 || this.state === "finished" || this.state === "stopped") return [];
    this.state = "finished";
    return [{ do: "close" }, { do: "finished" }];
  }
}
