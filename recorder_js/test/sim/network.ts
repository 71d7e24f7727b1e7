/** Sockets that break, bytes that come late or never, and the road by POST. */
import { Kind } from "../../src/wire/frames";
import type { Process, Talk } from "./server";
import type { World } from "./world";

export interface SocketEvents {
  onOpen: () => void;
  onMessage: (frame: Uint8Array) => void;
  onClose: () => void;
}

export type Break = "lost" | "late" | "half_open";

/** One WebSocket, seen from both ends: in order, but what is under way when it breaks may be lost or late. */
export class Socket {
  private talk: Talk | null = null;
  private hasClosed = false; // the page's end
  private passes = true;
  private lateMs = 0;
  private toServerAt = 0;
  private toPageAt = 0;

  constructor(
    private readonly net: Network,
    private readonly process: Process,
    private readonly events: SocketEvents,
  ) {
    this.carry("page", () => {
      if (!net.isUp || net.areSocketsBlocked) return this.closePage();
      this.talk = process.open(
        (frame) => this.carry("page", () => this.hasClosed || events.onMessage(frame)),
        () => this.carry("page", () => this.closePage()),
      );
      net.sockets.set(this.talk, this);
      events.onOpen();
    });
  }

  send(frame: Uint8Array): void {
    const sent = this.net.corrupted(frame);
    this.carry("server", () => this.talk?.hear(sent));
  }

  /** The page closes: what it sent before may still arrive. */
  close(): void {
    this.hasClosed = true;
    if (this.net.world.chance(0.3)) this.passes = false;
    this.carry("server", () => this.leave());
    if (!this.passes) this.leave();
  }

  break(how: Break): void {
    if (how === "late") this.lateMs = this.net.world.between(2_000, 40_000);
    else this.passes = false;
    if (how !== "half_open") this.net.world.in(0, () => this.closePage());
    if (how === "lost") this.leave();
  }

  closePage(): void {
    if (this.hasClosed) return;
    this.hasClosed = true;
    this.events.onClose();
  }

  private leave(): void {
    if (!this.talk) return;
    this.net.sockets.delete(this.talk);
    this.process.leave(this.talk);
  }

  private carry(to: "server" | "page", run: () => void): void {
    const { world } = this.net;
    const least = world.now + world.between(1, this.net.latencyMs);
    const at = to === "server" ? (this.toServerAt = Math.max(this.toServerAt, least)) : (this.toPageAt = Math.max(this.toPageAt, least));
    world.in(at - world.now, () => {
      if (!this.passes) return;
      if (this.lateMs && to === "server") world.in(this.lateMs, run);
      else if (!this.lateMs) run();
    });
  }
}

export class Network {
  isUp = true;
  areSocketsBlocked = false;
  latencyMs = 60;
  corruptNext = false;
  readonly sockets = new Map<Talk, Socket>();

  constructor(
    readonly world: World,
    private readonly processes: readonly Process[],
  ) {
    for (const process of processes) process.drop = (talk) => this.sockets.get(talk)?.break("lost");
  }

  open(events: SocketEvents): Socket {
    return new Socket(this, this.anyProcess(), events);
  }

  /** A POST may fail on the way there, or on the way back; a beacon's answer is heard by nobody. */
  post(frames: readonly Uint8Array[], done: (answer: Uint8Array[] | null) => void = () => undefined): void {
    const { world } = this;
    const isLost = (): boolean => !this.isUp || (!world.isHealed && world.chance(0.1));
    world.in(world.between(1, this.latencyMs * (world.chance(0.2) ? 50 : 1)), () => {
      if (isLost()) return world.in(100, () => done(null));
      this.anyProcess().post(frames, (answer) => world.in(world.between(1, this.latencyMs), () => done(isLost() ? null : answer)));
    });
  }

  breakAll(how: Break): void {
    for (const socket of [...this.sockets.values()]) socket.break(how);
  }

  /** A bit of a chunk flips. (Only TLS keeps hellos whole: a spoiled one would stop the page, as it should.) */
  corrupted(frame: Uint8Array): Uint8Array {
    if (!this.corruptNext || frame[0] !== Kind.chunk) return frame;
    this.corruptNext = false;
    const spoiled = frame.slice();
    const at = this.world.between(1, frame.length);
    spoiled[at] = (spoiled[at] ?? 0) ^ (1 << this.world.between(0, 8));
    return spoiled;
  }

  private anyProcess(): Process {
    return this.processes[this.world.between(0, this.processes.length)] as Process;
  }
}
