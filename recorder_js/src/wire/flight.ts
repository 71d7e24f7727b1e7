/** What is held until it is acked, and how much of it is on its way. Twin of replay/wire/flight.py. */
import { MAX_BEACON_BYTES, MAX_BEACON_FRAMES } from "./limits";

export interface Held {
  seq: number;
  bytes: Uint8Array;
  flags: number;
  isSent: boolean; // on the socket that is open now
  refusals: number; // times the server called these bytes bad
}

export const FIRST_WINDOW_BYTES = 262_144; // until a welcome says more
export const FIRST_WINDOW_CHUNKS = 16;
const LENGTH_BYTES = 4; // before each frame of a beacon
export const POST_BYTES = MAX_BEACON_BYTES - 32_768; // room for the hello and the lengths

export class Flight {
  held: Held[] = []; // in order of seq
  heldBytes = 0;
  sentBytes = 0;
  sentChunks = 0;
  private windowBytes = FIRST_WINDOW_BYTES;
  private windowChunks = FIRST_WINDOW_CHUNKS;

  /** Hold numbered bytes; the first that are held under a seq stay. */
  add(seq: number, bytes: Uint8Array, flags: number): void {
    let at = this.held.length;
    while (at > 0 && (this.held[at - 1] as Held).seq >= seq) at--;
    if (this.held[at]?.seq === seq) return;
    this.held.splice(at, 0, { seq, bytes, flags, isSent: false, refusals: 0 });
    this.heldBytes += bytes.length;
  }

  find(seq: number): Held | undefined {
    return this.held.find((one) => one.seq === seq);
  }

  remove(one: Held): void {
    this.recall(one);
    this.held.splice(this.held.indexOf(one), 1);
    this.heldBytes -= one.bytes.length;
  }

  /** Everything below is kept. */
  settle(upto: number): void {
    const first = this.held.findIndex((one) => one.seq >= upto);
    for (const one of this.held.splice(0, first < 0 ? this.held.length : first)) {
      this.recall(one);
      this.heldBytes -= one.bytes.length;
    }
  }

  /** Other bytes take the seq. */
  replace(one: Held, bytes: Uint8Array, flags: number): void {
    this.recall(one);
    this.heldBytes += bytes.length - one.bytes.length;
    one.bytes = bytes;
    one.flags = flags;
    one.refusals = 0;
  }

  /** It has to be sent again. */
  recall(one: Held): void {
    if (!one.isSent) return;
    one.isSent = false;
    this.sentBytes -= one.bytes.length;
    this.sentChunks--;
  }

  /** The socket is gone, and with it what was on its way, and its window. */
  land(): void {
    for (const one of this.held) this.recall(one);
    this.windowBytes = FIRST_WINDOW_BYTES;
    this.windowChunks = FIRST_WINDOW_CHUNKS;
  }

  narrow(bytes: number | undefined, chunks: number | undefined): void {
    this.windowBytes = bytes ?? this.windowBytes;
    this.windowChunks = chunks ?? this.windowChunks;
  }

  /** What may go now, marked as sent. */
  launch(): Held[] {
    const launched: Held[] = [];
    if (this.windowBytes <= 0 || this.windowChunks <= 0) return launched;
    for (const one of this.held) {
      if (one.isSent) continue;
      const fits = this.sentBytes + one.bytes.length <= this.windowBytes && this.sentChunks < this.windowChunks;
      if (!fits && this.sentChunks > 0) break;
      one.isSent = true;
      this.sentBytes += one.bytes.length;
      this.sentChunks++;
      launched.push(one);
    }
    return launched;
  }

  /** What one POST carries: from the first on. */
  head(): Uint8Array[] {
    const head: Uint8Array[] = [];
    let room = POST_BYTES;
    for (const { bytes } of this.held) {
      room -= bytes.length + LENGTH_BYTES;
      if (room < 0 || head.length === MAX_BEACON_FRAMES - 1) break;
      head.push(bytes);
    }
    return head;
  }

  /** What a last beacon of so many bytes should carry: first what no socket has taken, then the rest, each in order. */
  tail(mostBytes: number): Uint8Array[] {
    let room = mostBytes;
    const chosen = new Set<Held>();
    for (const isSent of [false, true]) {
      for (const one of this.held) {
        if (one.isSent !== isSent || one.bytes.length + LENGTH_BYTES > room || chosen.size === MAX_BEACON_FRAMES - 1) continue;
        room -= one.bytes.length + LENGTH_BYTES;
        chosen.add(one);
      }
    }
    return this.held.filter((one) => chosen.has(one)).map((one) => one.bytes);
  }
}
