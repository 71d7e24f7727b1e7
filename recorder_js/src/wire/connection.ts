/**
 * The page's end of the conversation, for one stream, with no I/O: facts go in, effects come out, time is an argument.
 * Twin of replay/wire/page.py.
 *
 *                     ┌──────────────────────── closed, dead, goaway ───────────────────────┐
 *                     ▼                                                                      │
 *   idle ─ start ─▶ waiting ─ its time comes ─▶ opening ─ opened: hello ─▶ greeting ─ welcome ─▶ open
 *                     │  ▲                                                                   │
 *     two sockets in  │  └── answered, or refused: with backoff                             ├─ all acked ─▶ finished
 *     a row failed:   ▼  │   every 30 s a socket is tried again                              └─ goaway ────▶ stopped
 *                    posting
 *
 *   suspend leads from any of them but the last two to idle.
 *
 * What is held is sent until an ack covers it; the same bytes under the same seq, so twice is harmless.
 */
import { remedyFor } from "./errors";
import { Flight, type Held } from "./flight";
import { BadFrame, parseFrame, serializeControl, type Control, type Frame, type Welcome, type Window } from "./frames";
import { Heartbeat } from "./heartbeat";
import { Losses, type MakeGap, type Wish } from "./losses";
import { Road } from "./road";
import { isSound } from "./shapes";

export type { Held } from "./flight";
export type State = "idle" | "waiting" | "opening" | "greeting" | "open" | "posting" | "finished" | "stopped";

export type Effect =
  | { do: "open" }
  | { do: "close" }
  | { do: "send"; frame: Uint8Array }
  | { do: "post"; frames: Uint8Array[] }
  | { do: "acked"; upto: number }
  | Wish // after a new_stream, end this one: what it holds is still sent
  | { do: "new_session" }
  | { do: "stop"; code: string; message: string }
  | { do: "finished" };

export interface ConnectionOptions {
  stream: string;
  hello: (nowMs: number) => Uint8Array;
  gap: MakeGap;
  random: () => number;
}

export const GREETING_MS = 10_000; // from opening to welcome; a proxy may swallow the upgrade

export class Connection {
  state: State = "idle";
  nextSeq = 0; // the server's lower bound
  codecs: readonly number[] = []; // what the last welcome takes beside JSON
  private readonly flight = new Flight();
  private readonly heartbeat = new Heartbeat();
  private readonly road: Road;
  private readonly losses: Losses;
  private openedAt = 0;
  private isPosting = false;
  private isPostStale = false; // it was sent before the page left: other bytes may stand there when its answer comes
  private isEnding = false;

  constructor(private readonly options: ConnectionOptions) {
    this.road = new Road(options.random);
    this.losses = new Losses(this.flight, options.gap);
  }

  get unacked(): readonly Held[] {
    return this.flight.held;
  }

  get heldBytes(): number {
    return this.flight.heldBytes;
  }

  /** Hold what an earlier page left, before the start. */
  restore(seq: number, bytes: Uint8Array, flags: number): void {
    if (seq >= this.nextSeq && !this.isOver) this.flight.add(seq, bytes, flags);
  }

  start(now: number): Effect[] {
    if (this.state !== "idle") return [];
    this.state = "waiting";
    this.road.hurry(now);
    return this.tick(now);
  }

  /** Hold numbered bytes until they are acked. */
  keep(seq: number, bytes: Uint8Array, flags: number, now: number): Effect[] {
    if (this.isOver) return [];
    if (seq < this.nextSeq) return [{ do: "acked", upto: this.nextSeq }];
    this.losses.kept(flags);
    this.flight.add(seq, bytes, flags);
    return this.pump(now);
  }

  /** Let bytes go that are too old or too many: a gap takes their seq. Not while they are on their way: an answer is due. */
  giveUp(seq: number, reason: string): boolean {
    const one = this.flight.find(seq);
    if (!one || one.isSent || this.isPosting) return false;
    this.losses.replace(one, reason);
    return true;
  }

  /** No more will come: close once all is acked. */
  end(): Effect[] {
    this.isEnding = true;
    return this.finishIfDone();
  }

  opened(now: number): Effect[] {
    if (this.state !== "opening") return [];
    this.state = "greeting";
    this.heartbeat.begin(now);
    return [{ do: "send", frame: this.options.hello(now) }];
  }

  /** The socket is gone, by whichever end. */
  closed(now: number): Effect[] {
    if (this.hasSocket) this.lose(now);
    return [];
  }

  received(bytes: Uint8Array, now: number): Effect[] {
    if (this.state !== "greeting" && this.state !== "open") return [];
    this.heartbeat.heard(now);
    return this.read(bytes, now);
  }

  /** A POST came back: its frames, or null when the road itself failed. Every one must. */
  posted(frames: readonly Uint8Array[] | null, now: number): Effect[] {
    if (this.state !== "posting" || this.isPostStale) {
      this.isPosting = this.isPostStale = false;
      return this.state === "posting" ? this.pump(now) : [];
    }
    const before = this.nextSeq;
    const effects: Effect[] = [];
    for (const bytes of frames ?? []) {
      effects.push(...this.read(bytes, now));
      if (this.state !== "posting") break;
    }
    this.isPosting = false; // not before: an answer's welcome must not post anew what its ack covers
    if (this.state !== "posting") return effects;
    if (this.nextSeq === before) this.road.delay(now);
    else if (this.road.hasWorked && this.road.isAwake(now)) return [...effects, ...this.open(now)];
    return [...effects, ...this.pump(now)];
  }

  /** Let time act; call about once a second. */
  tick(now: number): Effect[] {
    switch (this.state) {
      case "waiting":
        if (!this.road.isAwake(now)) return [];
        if (!this.road.isForPosts(now)) return this.open(now);
        this.state = "posting";
        return this.pump(now);
      case "posting":
        if (!this.isPosting && this.road.isSocketDue(now)) return this.open(now);
        return this.pump(now);
      case "opening":
      case "greeting":
        return now - this.openedAt > GREETING_MS ? this.fail(now) : [];
      case "open":
        if (this.heartbeat.isDead(now, this.flight.sentChunks > 0)) return this.fail(now);
        return [...(this.heartbeat.isPingDue(now) ? this.ping(now) : []), ...this.pump(now)];
      default:
        return [];
    }
  }

  /** The network is back: do not wait any longer than the server asked. */
  hurry(now: number): Effect[] {
    if (this.state !== "waiting" && this.state !== "posting") return [];
    this.road.hurry(now);
    return this.tick(now);
  }

  /** The page hides for good or for a while: leave the socket, keep what is held. */
  suspend(): Effect[] {
    if (this.isOver) return [];
    this.state = "idle";
    this.isPostStale = this.isPosting;
    this.flight.land();
    return [{ do: "close" }];
  }

  /** What a last beacon of so many bytes should carry. */
  tail(mostBytes: number): Uint8Array[] {
    return this.flight.tail(mostBytes);
  }

  private get isOver(): boolean {
    return this.state === "stopped" || this.state === "finished";
  }

  private get hasSocket(): boolean {
    return this.state === "opening" || this.state === "greeting" || this.state === "open";
  }

  private open(now: number): Effect[] {
    this.state = "opening";
    this.openedAt = now;
    this.road.opens();
    this.flight.land();
    return [{ do: "open" }];
  }

  private fail(now: number): Effect[] {
    this.lose(now);
    return [{ do: "close" }];
  }

  /** The socket failed, or the other end left. */
  private lose(now: number): void {
    this.road.lost(now, this.state === "open" && this.flight.sentChunks === 0);
    this.road.wait(now);
    this.leave();
  }

  private leave(): void {
    this.state = "waiting";
    this.flight.land();
  }

  private ping(now: number): Effect[] {
    const rtt = this.heartbeat.rttMs;
    this.heartbeat.pinged(now);
    const measured = rtt === null ? {} : { stream: this.options.stream, rtt_ms: rtt };
    return [{ do: "send", frame: serializeControl({ kind: "ping", body: { client_ms: now, ...measured } }) }];
  }

  private read(bytes: Uint8Array, now: number): Effect[] {
    try {
      const frame = parseFrame(bytes);
      return isSound(frame) ? this.heard(frame, now) : [];
    } catch (error) {
      if (error instanceof BadFrame) return []; // a later server's frame: nothing to us
      throw error;
    }
  }

  private heard(frame: Frame, now: number): Effect[] {
    switch (frame.kind) {
      case "welcome":
        return this.isOurs(frame.body) ? this.welcomed(frame.body, now) : [];
      case "ack":
        if (!this.isOurs(frame.body)) return [];
        this.narrow(frame.body);
        return this.acked(frame.body.upto, now);
      case "nack":
        return this.isOurs(frame.body) ? this.refused(frame, now) : [];
      case "goaway":
        return this.sentAway(frame, now);
      case "pong":
        this.heartbeat.answered(now, frame.body.client_ms);
        return [];
      case "window":
        this.narrow(frame.body);
        return this.pump(now);
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

  private isOurs(body: { stream: string }): boolean {
    return body.stream === this.options.stream;
  }

  private narrow(window: Partial<Window>): void {
    if (this.state === "open") this.flight.narrow(window.window_bytes, window.window_chunks);
  }

  private welcomed(welcome: Welcome, now: number): Effect[] {
    this.heartbeat.everyMs = welcome.heartbeat_s * 1000 || this.heartbeat.everyMs;
    const isGreeted = this.state === "greeting";
    if (isGreeted) {
      this.state = "open";
      this.road.greeted();
      this.heartbeat.answered(now);
    }
    this.codecs = welcome.codecs ?? [];
    this.narrow(welcome);
    const first = isGreeted ? this.ping(now) : []; // before the first chunk, whose row takes the clock
    return [...first, ...this.acked(welcome.next_seq, now)];
  }

  private acked(upto: number, now: number): Effect[] {
    if (!(upto > this.nextSeq)) return this.pump(now);
    this.nextSeq = upto;
    this.road.acked(now);
    this.heartbeat.moved(now);
    if (this.state === "open") this.road.answered();
    this.flight.settle(upto);
    return [{ do: "acked", upto }, ...this.pump(now)];
  }

  private refused(frame: Control & { kind: "nack" }, now: number): Effect[] {
    const { code, seq, permanent } = frame.body;
    if (this.state === "open") this.road.answered();
    const one = this.flight.find(seq);
    if (!one) return [];
    const { wishes, isTransient } = this.losses.refused(one, code, permanent, now);
    if (isTransient) this.road.delay(now);
    return [...wishes, ...this.pump(now)];
  }

  private sentAway(frame: Control & { kind: "goaway" }, now: number): Effect[] {
    const { code, message, retry, after_ms } = frame.body;
    const remedy = remedyFor(code, "goaway", !retry);
    if (remedy === "stop" || remedy === "new_session") {
      this.state = "stopped";
      this.flight.settle(Infinity);
      return [{ do: "close" }, remedy === "stop" ? { do: "stop", code, message } : { do: "new_session" }];
    }
    const effects: Effect[] = this.state === "posting" ? [] : [{ do: "close" }];
    const first = this.flight.held[0];
    if (code === "bad_frame" && first) effects.push(...this.losses.suspect(first, code, now));
    this.road.sentAway(now, after_ms || 0);
    if (this.state !== "posting") this.leave();
    return [...effects, ...this.finishIfDone()];
  }

  private pump(now: number): Effect[] {
    const due = this.losses.due(now);
    if (!this.road.isAwake(now)) return due;
    if (this.state === "posting") return [...due, ...this.post(now)];
    if (this.state !== "open") return due;
    const isFirst = this.flight.sentChunks === 0;
    const launched = this.flight.launch();
    if (launched.length > 0) this.heartbeat.launched(now, isFirst);
    const sends = launched.map((one): Effect => ({ do: "send", frame: one.bytes }));
    return [...due, ...sends, ...this.finishIfDone()];
  }

  private post(now: number): Effect[] {
    if (this.isPosting || this.flight.held.length === 0) return this.finishIfDone();
    this.isPosting = true;
    return [{ do: "post", frames: [this.options.hello(now), ...this.flight.head()] }];
  }

  private finishIfDone(): Effect[] {
    if (!this.isEnding || this.flight.held.length > 0 || this.isOver) return [];
    this.state = "finished";
    return [{ do: "close" }, { do: "finished" }];
  }
}
