/** Pages: the real core of a page, the numbering and the spool around it, and whoever sends a dead page's leftovers. */
import { Connection, type Effect } from "../../src/wire/connection";
import type { Held } from "../../src/wire/flight";
import { Codec, Flag, parseFrame, serializeChunk, serializeControl, toHex, type ChunkHeader } from "../../src/wire/frames";
import type { Network, Socket } from "./network";
import { POISON, type Store } from "./store";
import { FlightWatch } from "./watch";
import type { World } from "./world";

const SESSION = "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d";
const TICK_MS = 1_000;
const BEACON_BYTES = 2_000;

/** What breaks a core on purpose. */
export type Plant = (connection: Connection, held: readonly Held[]) => void;
export type CutKind = "plain" | "poison" | "large" | "snapshot";

/** All that ever was numbered in a stream, whoever sent it. */
export class Stream {
  readonly numbered = new Map<number, string>(); // seq → hash
  readonly gaps = new Map<number, Set<string>>();
  readonly spool = new Map<number, { bytes: Uint8Array; flags: number }>();
  count = 0;
  isForsaken = false; // nobody will ever send the rest: its page was stopped, or told to leave it

  constructor(readonly id: string) {}
}

const hashOf = (frame: Uint8Array): string => toHex(frame.subarray(96, 128));
const text = (said: string): Uint8Array => new TextEncoder().encode(said);

export class Page {
  readonly connection: Connection;
  readonly watch: FlightWatch;
  isAlive = true;
  asked = 0; // full snapshots, new streams and sessions
  private socket: Socket | null = null;
  private isHidden = false;

  constructor(
    private readonly world: World,
    private readonly net: Network,
    private readonly store: Store,
    readonly stream: Stream,
    private readonly plants: { core?: Plant; onHide?: Plant },
    private readonly onNewStream: () => void = () => undefined,
  ) {
    this.watch = new FlightWatch(world, stream);
    this.connection = new Connection({ stream: stream.id, hello: () => this.hello(), gap: (held, reason) => this.gap(held, reason), random: world.random });
    plants.core?.(this.connection, this.connection.unacked);
    this.tick();
  }

  start(): void {
    this.run(this.connection.start(this.world.now));
  }

  cut(kind: CutKind): void {
    if (!this.isAlive || this.connection.state === "stopped" || this.connection.state === "finished") return;
    const seq = this.stream.count++;
    const flags = kind === "snapshot" ? Flag.snapshot : 0;
    const bytes = this.number(seq, flags, kind === "large" ? 1_500 : 40, kind === "poison" ? POISON : this.world.now);
    this.stream.numbered.set(seq, hashOf(bytes));
    this.stream.spool.set(seq, { bytes, flags });
    this.run(this.connection.keep(seq, bytes, flags, this.world.now));
  }

  hide(): void {
    if (!this.isAlive || this.isHidden) return;
    this.isHidden = true;
    const frames = this.connection.tail(BEACON_BYTES);
    this.world.sent(frames.length);
    if (frames.length > 0) this.net.post([this.hello(), ...frames]);
    this.run(this.connection.suspend());
    this.plants.onHide?.(this.connection, this.connection.unacked);
  }

  show(): void {
    if (!this.isAlive || !this.isHidden) return;
    this.isHidden = false;
    this.start();
  }

  /** The oldest are too many, or too old. */
  giveUpOldest(): void {
    for (const one of this.connection.unacked.slice(0, 2)) this.connection.giveUp(one.seq, "offline_cap");
  }

  /** Nothing more will be cut: send the rest. */
  end(): void {
    this.show();
    this.run(this.connection.end());
  }

  /** The tab is killed. */
  die(): void {
    this.isAlive = false;
    this.socket?.close();
    this.socket = null;
  }

  hurry(): void {
    this.run(this.connection.hurry(this.world.now));
  }

  /** Take over what another page of this stream left in the spool. */
  adopt(): void {
    for (const [seq, { bytes, flags }] of this.stream.spool) this.connection.restore(seq, bytes, flags);
    this.run(this.connection.end());
    this.start();
  }

  get isDone(): boolean {
    return !this.isAlive || this.connection.state === "finished" || this.connection.state === "stopped";
  }

  private tick(): void {
    this.world.in(TICK_MS, () => {
      if (this.isDone) return;
      if (!this.isHidden) this.run(this.connection.tick(this.world.now));
      this.tick();
    });
  }

  private run(effects: Effect[]): void {
    for (const effect of effects) if (this.isAlive) this.perform(effect);
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case "open":
        return this.open();
      case "close":
        this.socket?.close();
        this.socket = null;
        return;
      case "send":
        this.world.sent(1);
        this.watch.sends(effect.frame);
        return this.socket?.send(effect.frame);
      case "post":
        this.world.sent(effect.frames.length);
        for (const frame of effect.frames) this.watch.numbers(frame);
        return this.net.post(effect.frames, (answer) => this.isAlive && this.run(this.connection.posted(answer, this.world.now)));
      case "acked":
        return this.acked(effect.upto);
      case "new_stream":
        this.asked++;
        return this.onNewStream();
      case "snapshot":
        this.asked++;
        return this.cut("snapshot");
      case "new_session":
      case "stop":
        if (!this.store.isErased(this.stream.id)) this.world.broken(`the page was told to ${effect.do}`);
        this.stream.isForsaken = true;
        return;
      case "finished":
        return;
      default:
        return effect satisfies never;
    }
  }

  private open(): void {
    this.world.sent(1);
    this.watch.opens();
    const mine: Socket = this.net.open({
      onOpen: () => this.isAlive && mine === this.socket && this.run(this.connection.opened(this.world.now)),
      onMessage: (frame) => {
        if (!this.isAlive || mine !== this.socket) return;
        this.watch.hears(frame);
        this.run(this.connection.received(frame, this.world.now));
      },
      onClose: () => {
        if (!this.isAlive || mine !== this.socket) return;
        this.socket = null;
        this.run(this.connection.closed(this.world.now));
      },
    });
    this.socket = mine;
  }

  /** The promise: what is acked is kept. */
  private acked(upto: number): void {
    if (this.store.isErased(this.stream.id)) return;
    for (let seq = 0; seq < upto; seq++) {
      if (seq < this.stream.count && !this.store.get(this.stream.id, seq)) this.world.broken(`${seq} was acked and is not kept`);
      this.stream.spool.delete(seq);
    }
    if (upto > this.stream.count) this.world.broken(`${upto} is more than was ever numbered`);
  }

  private number(seq: number, flags: number, size: number, wallMs: number): Uint8Array {
    const body = text(`[${"7".repeat(size)}${this.world.between(0, 1e9)}]`);
    const { now } = this.world;
    const header: ChunkHeader = {
      ...{ flags, domCodec: Codec.json, logCodec: Codec.empty, session: SESSION, stream: this.stream.id, seq, partIndex: 0, partCount: 1 },
      ...{ domRawLength: body.length, logRawLength: 0, domEvents: 1, firstMs: now, lastMs: now, wallMs, monoMs: now },
    };
    return serializeChunk(header, body, new Uint8Array());
  }

  private gap(held: Held, reason: string): Uint8Array {
    const frame = parseFrame(held.bytes);
    if (frame.kind !== "chunk") throw new Error("only chunks are held");
    const log = text(JSON.stringify([{ id: `gap ${this.world.between(0, 1e9)}`, t: 0, type: "gap", reason, body: "both" }]));
    const header = { ...frame.body, flags: Flag.gap, domCodec: Codec.empty, domRawLength: 0, domEvents: 0, logCodec: Codec.json, wallMs: 0 };
    const bytes = serializeChunk({ ...header, logRawLength: log.length }, new Uint8Array(), log);
    const { gaps } = this.stream;
    gaps.set(held.seq, (gaps.get(held.seq) ?? new Set()).add(hashOf(bytes)));
    return bytes;
  }

  private hello(): Uint8Array {
    const nothing = { viewport_width: 0, viewport_height: 0, screen_width: 0, screen_height: 0, pixel_ratio: 1, language: "", timezone: "" };
    const who = { v: 1, write_key: "pk_shop_0", session: SESSION, secret: "A".repeat(43), stream: this.stream.id, window: "0123456789abcdef" } as const;
    const rest = { distinct_id: "a", recorder: "0", client_ms: this.world.now, page: { url: "", title: "", referrer: "" }, device: nothing };
    return serializeControl({ kind: "hello", body: { ...who, ...rest } });
  }
}
