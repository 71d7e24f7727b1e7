/** When to try again, and by which road: sockets, or POSTs where those fail. Twin of replay/wire/road.py. */
import { Backoff } from "./backoff";

export const SOCKETS_BEFORE_POST = 2;
export const SOCKET_AGAIN_MS = 30_000; // while posting
export const AFTER_MOST_MS = 3_600_000; // a page does not stay away longer, whatever it is told

export class Road {
  hasWorked = false; // a socket did: when one fails, it is the server, not the road
  private readonly backoff: Backoff;
  private failedSockets = 0; // in a row
  private wakeAt = 0;
  private notBefore = 0; // the server's word: nothing makes us hurry
  private socketAgainAt = 0;
  private isAnswered = false; // this socket took chunks, or refused some

  constructor(random: () => number) {
    this.backoff = new Backoff(random);
  }

  isAwake(now: number): boolean {
    return now >= this.wakeAt;
  }

  isForPosts(now: number): boolean {
    return this.failedSockets >= SOCKETS_BEFORE_POST && now < this.socketAgainAt;
  }

  /** While posting. */
  isSocketDue(now: number): boolean {
    return this.isAwake(now) && now >= this.socketAgainAt;
  }

  opens(): void {
    this.isAnswered = false;
  }

  greeted(): void {
    this.wakeAt = 0;
  }

  /** Chunks on a socket were acked or refused: it is good for more than hellos. */
  answered(): void {
    if (this.isAnswered) return;
    this.isAnswered = this.hasWorked = true;
    this.failedSockets = 0;
  }

  /** A socket that took chunks and never said a word about them is no better than one that never opened. */
  lost(now: number, isIdle: boolean): void {
    if (isIdle || this.isAnswered) return;
    this.failedSockets++;
    this.socketAgainAt = now + SOCKET_AGAIN_MS;
  }

  acked(now: number): void {
    this.backoff.good(now);
  }

  sentAway(now: number, afterMs: number): void {
    this.notBefore = now + Math.min(afterMs, AFTER_MOST_MS);
    this.wait(now);
  }

  wait(now: number): void {
    this.wakeAt = Math.max(now, this.notBefore) + this.backoff.next();
  }

  /** Once for all that was refused together. */
  delay(now: number): void {
    if (this.isAwake(now)) this.wait(now);
  }

  hurry(now: number): void {
    this.wakeAt = Math.max(now, this.notBefore);
  }
}
