/** The one clock of the player: the session's server time, moving at a rate while it runs. */
export class Clock {
  rate = 1;
  private baseMs: number;
  private sinceMs: number | null = null;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(
    private readonly now: () => number,
    startMs: number,
  ) {
    this.baseMs = startMs;
  }

  get isRunning(): boolean {
    return this.sinceMs !== null;
  }

  read(): number {
    return this.sinceMs === null ? this.baseMs : this.baseMs + (this.now() - this.sinceMs) * this.rate;
  }

  set(ms: number): void {
    this.baseMs = ms;
    if (this.sinceMs !== null) this.sinceMs = this.now();
  }

  setRate(rate: number): void {
    this.set(this.read());
    this.rate = rate;
  }

  start(): void {
    this.sinceMs ??= this.now();
  }

  stop(): void {
    this.baseMs = this.read();
    this.sinceMs = null;
  }
}
