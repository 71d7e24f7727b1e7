/** Whether a socket that nobody closed still lives, and how long an answer takes. Twin of replay/wire/heartbeat.py. */

export const SILENCE_MS = 30_000; // with bytes in flight and nothing heard
export const PONG_MS = 25_000; // after a ping

export class Heartbeat {
  everyMs = 20_000;
  rttMs: number | null = null; // the last that was measured
  private heardAt = 0;
  private saidAt = 0;
  private askedAt: number | null = null; // the first ping since anything was heard
  private pingedAt = 0;
  private isSuspect = false;

  /** The socket is open and the hello is said. */
  begin(now: number): void {
    this.heardAt = this.saidAt = this.pingedAt = now;
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
    if (isFirst) this.heardAt = now;
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
    const isSilent = (isInFlight && now - this.heardAt > SILENCE_MS) || (this.askedAt !== null && now - this.askedAt > PONG_MS);
    const wasSuspect = this.isSuspect;
    this.isSuspect = isSilent;
    return isSilent && wasSuspect;
  }
}
