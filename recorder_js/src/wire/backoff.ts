/** How long to wait before trying again: full jitter under a bound that doubles. Twin of replay/wire/backoff.py. */

export const BACKOFF_FIRST_MS = 500; // the first wait is anywhere below this
export const BACKOFF_MOST_MS = 30_000;
export const GOOD_MS = 30_000; // of acked traffic; one ack only proves that the server is up, not that it bears us all

export class Backoff {
  private attempt = 0;
  private goodSince: number | null = null;

  constructor(private readonly random: () => number) {}

  /** Something failed: how many ms to wait. */
  next(): number {
    this.goodSince = null;
    return this.random() * Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.attempt++, 16));
  }

  /** Something was acked. */
  good(now: number): void {
    this.goodSince ??= now;
    if (now - this.goodSince >= GOOD_MS) this.attempt = 0;
  }
}
