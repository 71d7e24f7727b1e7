/** Looks over a page's shoulder with accounts of its own: the window, and bytes that change under a number. */
import { Flag, Kind, parseFrame, toHex } from "../../src/wire/frames";
import type { Stream } from "./page";
import type { World } from "./world";

export class FlightWatch {
  private readonly flight = new Map<number, number>(); // seq → bytes
  private windowBytes = 0;
  private windowChunks = 0;

  constructor(
    private readonly world: World,
    private readonly stream: Stream,
  ) {}

  opens(): void {
    this.flight.clear();
    this.windowBytes = this.windowChunks = 0; // nothing before the welcome
  }

  /** What the page hears, right before its core does. */
  hears(bytes: Uint8Array): void {
    const frame = parseFrame(bytes);
    if (frame.kind === "nack") this.flight.delete(frame.body.seq);
    const upto = frame.kind === "ack" ? frame.body.upto : frame.kind === "welcome" ? frame.body.next_seq : 0;
    for (const seq of this.flight.keys()) if (seq < upto) this.flight.delete(seq);
    if (frame.kind !== "welcome" && frame.kind !== "ack" && frame.kind !== "window") return;
    this.windowBytes = frame.body.window_bytes ?? this.windowBytes;
    this.windowChunks = frame.body.window_chunks ?? this.windowChunks;
  }

  sends(frame: Uint8Array): void {
    const seq = this.numbers(frame);
    if (seq === null) return;
    const others = [...this.flight.values()];
    const bytes = others.reduce((sum, one) => sum + one, 0) + frame.length;
    this.flight.set(seq, frame.length);
    if (this.windowBytes === 0 || this.windowChunks === 0) this.world.broken("sent into a closed window");
    if (others.length > 0 && (bytes > this.windowBytes || others.length >= this.windowChunks)) this.world.broken("sent more than the window");
  }

  /** Numbered bytes never change, but to a gap, and from there to nothing else. */
  numbers(frame: Uint8Array): number | null {
    if (frame[0] !== Kind.chunk) return null;
    const seq = new DataView(frame.buffer, frame.byteOffset).getUint32(36);
    const hash = toHex(frame.subarray(96, 128));
    const isGap = ((frame[1] ?? 0) & Flag.gap) !== 0;
    if (isGap ? !this.stream.gaps.get(seq)?.has(hash) : this.stream.numbered.get(seq) !== hash) this.world.broken(`${seq} has other bytes`);
    return seq;
  }
}
