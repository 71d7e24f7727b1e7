/** What the server will not take: gaps in its place, and what the page is asked for then. Twin of replay/wire/losses.py. */
import { remedyFor } from "./errors";
import type { Flight, Held } from "./flight";
import { Flag } from "./frames";
import { Snapshots } from "./snapshots";

export type LostBody = "dom" | "log" | "both";
/** Make the gap that takes the seq of bytes that will not come. */
export type MakeGap = (held: Held, reason: string, body: LostBody) => Uint8Array;
export type Wish = { do: "snapshot" } | { do: "new_stream" };

const DOM_CODEC_AT = 2; // in the header of a chunk; 0: no such body
const LOG_CODEC_AT = 3;

const isGap = (one: Held): boolean => (one.flags & Flag.gap) !== 0;

export class Losses {
  private readonly snapshots = new Snapshots();
  private isForsaken = false; // the page was told to begin another stream

  constructor(
    private readonly flight: Flight,
    private readonly makeGap: MakeGap,
  ) {}

  /** Treat a refused chunk as its code asks. Says whether to wait before anything is sent again. */
  refused(one: Held, code: string, isPermanent: boolean, now: number): { wishes: Wish[]; isTransient: boolean } {
    const settled = (wishes: Wish[]): { wishes: Wish[]; isTransient: boolean } => ({ wishes, isTransient: false });
    switch (remedyFor(code, "nack", isPermanent)) {
      case "drop":
        this.flight.remove(one);
        return settled(isGap(one) ? [] : this.wantSnapshot(one, now));
      case "new_stream":
        this.flight.remove(one); // the server has something under this seq: nothing is missing
        return settled(isGap(one) ? [] : this.forsake());
      case "gap":
        return isGap(one) ? this.insist(one) : settled(this.lose(one, code, now));
      case "resend_once":
        this.flight.recall(one);
        if (++one.refusals < 2) return settled([]);
        return isGap(one) ? this.insist(one) : settled(this.lose(one, code, now));
      default:
        this.flight.recall(one);
        return { wishes: [], isTransient: true };
    }
  }

  /** Perhaps it was these bytes that the server could not read: twice is enough. A gap is never what it could not read. */
  suspect(one: Held, code: string, now: number): Wish[] {
    return !isGap(one) && ++one.refusals >= 2 ? this.lose(one, code, now) : [];
  }

  /** The server will never keep these bytes. */
  private lose(one: Held, reason: string, now: number): Wish[] {
    const wishes = this.wantSnapshot(one, now);
    this.replace(one, reason);
    return wishes;
  }

  /** A gap that were dropped would leave a hole that no ack passes: say it again, and let another stream go on meanwhile. */
  private insist(gap: Held): { wishes: Wish[]; isTransient: boolean } {
    this.flight.recall(gap);
    return { wishes: ++gap.refusals >= 2 ? this.forsake() : [], isTransient: true };
  }

  /** A gap takes the seq of what is held; no other gap ever does. */
  replace(one: Held, reason: string): void {
    if (isGap(one)) return;
    const body = one.bytes[DOM_CODEC_AT] === 0 ? "log" : one.bytes[LOG_CODEC_AT] === 0 ? "dom" : "both";
    this.flight.replace(one, this.makeGap(one, reason, body), one.flags | Flag.gap);
  }

  kept(flags: number): void {
    if (flags & Flag.snapshot) this.snapshots.came();
  }

  due(now: number): Wish[] {
    return this.snapshots.isDue(now) ? [{ do: "snapshot" }] : [];
  }

  private wantSnapshot(lost: Held, now: number): Wish[] {
    if (lost.bytes[DOM_CODEC_AT] !== 0) this.snapshots.want(now);
    return this.due(now);
  }

  private forsake(): Wish[] {
    if (this.isForsaken) return [];
    this.isForsaken = true;
    return [{ do: "new_stream" }];
  }
}
