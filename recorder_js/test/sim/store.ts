/** A small model of what the server keeps: the unique key, contiguity, conflicts, gaps, segments, erasure. */
import { Flag, toHex, type Chunk } from "../../src/wire/frames";
import type { Code } from "../../src/wire/refusals";
import type { World } from "./world";

export interface Kept {
  hash: string;
  isGap: boolean;
}

export interface StoreBugs {
  ackBeyondHole?: boolean;
  welcomeAbove?: boolean;
}

export const POISON = 666; // a chunk whose wall clock says so cannot be read

export class Store {
  fault: Code | null = null; // what every commit meets
  isStrict = false; // says `conflict` to a gap whose seq is taken; else takes it for a duplicate
  private readonly kept = new Map<string, Kept>();
  private readonly nextSeqs = new Map<string, number>();
  private readonly erased = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly bugs: StoreBugs,
  ) {}

  /** One chunk of a transaction: what its page is told. */
  keep(chunk: Chunk): { code: Code | null; nextSeq: number | null } {
    if (this.fault) return { code: this.fault, nextSeq: null };
    if (this.erased.has(chunk.stream)) return { code: "erased", nextSeq: null };
    const isGap = (chunk.flags & Flag.gap) !== 0;
    const known = this.get(chunk.stream, chunk.seq);
    if (!known && chunk.wallMs === POISON) return { code: "bad_codec", nextSeq: this.nextSeq(chunk.stream) };
    const code = known ? this.compare(known, toHex(chunk.hash), isGap) : null;
    if (!known) this.insert(chunk, isGap);
    return { code, nextSeq: code && isGap ? null : this.nextSeq(chunk.stream) }; // no ack that would end the matter by itself
  }

  nextSeq(stream: string): number {
    return this.nextSeqs.get(stream) ?? 0;
  }

  /** What a hello is told: a lower bound, perhaps an old one. */
  welcomeSeq(stream: string): number {
    const next = this.nextSeq(stream);
    if (this.bugs.welcomeAbove) return next + 1;
    return this.world.chance(0.5) ? Math.max(0, next - this.world.between(0, 4)) : next;
  }

  get(stream: string, seq: number): Kept | undefined {
    return this.kept.get(`${stream}/${seq}`);
  }

  erase(stream: string): void {
    this.erased.add(stream);
  }

  isErased(stream: string): boolean {
    return this.erased.has(stream);
  }

  private compare(known: Kept, hash: string, isGap: boolean): Code | null {
    if (known.hash === hash) return null;
    if (isGap) return this.isStrict ? "conflict" : null;
    return known.isGap ? "too_late" : "conflict";
  }

  private insert(chunk: Chunk, isGap: boolean): void {
    const key = `${chunk.stream}/${chunk.seq}`;
    if (this.kept.has(key)) this.world.broken(`stored twice: ${key}`);
    this.kept.set(key, { hash: toHex(chunk.hash), isGap });
    let next = this.nextSeq(chunk.stream);
    if (this.bugs.ackBeyondHole) next = Math.max(next, chunk.seq + 1);
    while (this.kept.has(`${chunk.stream}/${next}`)) next++;
    this.nextSeqs.set(chunk.stream, next);
  }
}
