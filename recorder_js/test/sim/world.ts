/** Virtual time, one source of chance, and the one place where a broken promise is noticed. */

export class Broken extends Error {
  override name = "Broken";
}

interface Happening {
  at: number;
  order: number;
  run: () => void;
}

export class World {
  now = 0;
  frames = 0; // that pages have sent, on every road
  mostFrames = Infinity;
  isHealed = false; // from here on nothing goes wrong any more
  private readonly queue: Happening[] = []; // a heap: the next is first
  private order = 0;

  constructor(private seed: number) {}

  /** Between 0 and 1 (mulberry32). */
  random = (): number => {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  chance(share: number): boolean {
    return this.random() < share;
  }

  between(least: number, most: number): number {
    return Math.floor(least + this.random() * (most - least));
  }

  /** Let something happen later. */
  in(delayMs: number, run: () => void): void {
    const queue = this.queue;
    const one = { at: this.now + delayMs, order: this.order++, run };
    let at = queue.push(one) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(queue[parent] as Happening, one)) break;
      queue[at] = queue[parent] as Happening;
      at = parent;
    }
    queue[at] = one;
  }

  /** Let time pass, to some moment or until something holds. */
  runUntil(time: number, isEnough: () => boolean = () => false): void {
    while (this.queue[0] && this.queue[0].at <= time && !isEnough()) {
      const { at, run } = this.take();
      this.now = at;
      run();
    }
    if (!isEnough()) this.now = Math.max(this.now, time);
  }

  /** Count what a page says: bounded work makes a bounded number of frames. */
  sent(frames: number): void {
    this.frames += frames;
    if (this.frames > this.mostFrames) this.broken(`livelock: ${this.frames} frames`);
  }

  broken(why: string): never {
    throw new Broken(`${why}, at ${this.now} ms`);
  }

  private take(): Happening {
    const queue = this.queue;
    const first = queue[0] as Happening;
    const last = queue.pop() as Happening;
    if (queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Happening, queue[child] as Happening)) child++;
      if (isBefore(last, queue[child] as Happening)) break;
      queue[at] = queue[child] as Happening;
      at = child;
    }
    queue[at] = last;
    return first;
  }
}

const isBefore = (one: Happening, other: Happening): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);
