/** Whether a socket that nobody closed still lives, and how long an answer takes. Twin of replay/wire/heartbeat.py. */

export const SILENCE_MS = 30_000; // with bytes in flight and nothing heard
export const STALL_MS = 120_000; // with bytes in flight and nothing acked, though the server talks
export const MOST_PATIENCE = 16; // fold: on a slow road one chunk may take minutes, and giving up early would never end
export const PONG_MS = 25_000; // after a ping

export class Heartbeat {
  everyMs = 20_000;
  rttMs: number | null = null; // the last that was measured
  private heardAt = 0;
  private saidAt = 0;
  private askedAt: number | null = null; // the first ping since anything was heard
  private pingedAt = 0;
  private movedAt = 0; // the last ack that moved, or the first launch
  private patience = 1; // doubles with every socket that is given up with bytes in flight
  private isSuspect = false;

  /** The socket is open and the hello is said. */
  begin(now: number): void {
    this.heardAt = this.saidAt = this.pingedAt = this.movedAt = now;
    this.askedAt = this.rttMs = null;
    this.isSuspect = false;
  }

  heard(now: number): void {
    this.heardAt = now;
    this.askedAt = null;
  }

  /** Chunks went out; the silence that follows the first is counted from here. */
  launched(now: number, isFirst: boolean): void {
    this.saidAt = now;
    if (isFirst) this.heardAt = this.movedAt = now;
  }

  /** An ack moved on. */
  moved(now: number): void {
    this.movedAt = now;
    this.patience = 1;
  }

  /** The answer to the hello, or to the ping of then. */
  answered(now: number, toMs = this.pingedAt): void {
    if (toMs === this.pingedAt && now >= toMs) this.rttMs = now - toMs;
  }

  pinged(now: number): void {
    this.saidAt = this.pingedAt = now;
    this.askedAt ??= now;
  }

  isPingDue(now: number): boolean {
    return now - this.saidAt >= this.everyMs;
  }

  /** Say so at the second look only: a page that wakes up looks at the clock before it hears what came meanwhile. */
  isDead(now: number, isInFlight: boolean): boolean {
    const isStuck = isInFlight && (now - this.heardAt > SILENCE_MS * this.patience || now - this.movedAt > STALL_MS * this.patience);
    const isSilent = isStuck || (!isInFlight && this.askedAt !== null && now - this.askedAt > PONG_MS);
    const isDead = isSilent && this.isSuspect;
    this.isSuspect = isSilent;
    if (isDead && isStuck) this.patience = Math.min(MOST_PATIENCE, 2 * this.patience);
    return isDead;
  }
}
