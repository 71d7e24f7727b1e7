/**
 * Drafts in, numbered chunks out, in order; one slice at a time, so that a large event costs the page neither its memory
 * twice nor a long task.
 *
 * A chunk gets its seq when its bytes are final, never before; so a page that hides may encode at once what a compressor
 * still has in hand, number that, and throw the compressor's late answer away.
 */
import type { Draft } from "./buffer";
import { encodeNow, plain, type Body, type Encode } from "./encode";
import { LIMITS } from "./config";
import { gapLog } from "./gap";
import { reportTrouble } from "./lib/guard";
import { countSlices, sliceAt, type Slice } from "./slices";
import { Flag, serializeChunk, type ChunkHeader } from "./wire/frames";
import { MAX_PARTS, MAX_PARTS_RAW_BYTES } from "./wire/limits";

interface Job {
  draft: Draft;
  parts: number; // 0: not counted yet
  part: number;
  at: number; // where the next part begins, in the text
}

export interface Numbering {
  add(draft: Draft): void;
  /** Go on with a large event: there may be room again. */
  resume(): void;
  /** Number all that waits, now, as far as so many characters reach; gaps stand for the rest. Says whether there was no such rest. */
  flush(mostChars: number): boolean;
  /** Call back once nothing waits. */
  whenEmpty(then: () => void): void;
  /** Whether one more would be too much to hold. */
  hasRoomFor(draft: Draft): boolean;
  readonly waitingChars: number; // without those of large events
  /** Whether a large event is on its way. */
  readonly isInParts: boolean;
}

export interface NumberingOptions {
  session: string;
  stream: string;
  encode: Encode;
  /** Whether the server takes columns, as far as is known. */
  takesColumns: () => boolean;
  /** Whether the next part of a large event may come. */
  hasRoom: () => boolean;
  onChunk: (seq: number, bytes: Uint8Array, flags: number) => void;
  /** An event is lost, perhaps a full snapshot. */
  onLost: (isSnapshot: boolean) => void;
}

const NOTHING = plain(new Uint8Array());
const isLarge = (draft: Draft): boolean => draft.dom.length > LIMITS.partBytes;

export function createNumbering(options: NumberingOptions): Numbering {
  const jobs: Job[] = [];
  let nextSeq = 0;
  let flushes = 0;
  let isWorking = false;
  let onEmpty: (() => void) | null = null;

  function number(draft: Draft, dom: Body, log: Body, part: number, parts: number): void {
    const isFirst = part === 0;
    const isLast = part === parts - 1;
    const header: ChunkHeader = {
      ...draft,
      flags: (draft.flags & Flag.gap) | (isFirst ? draft.flags & Flag.snapshot : 0) | (isLast ? draft.flags & Flag.final : 0),
      domCodec: dom.codec,
      logCodec: log.codec,
      session: options.session,
      stream: options.stream,
      seq: nextSeq,
      partIndex: part,
      partCount: parts,
      domRawLength: dom.rawLength,
      logRawLength: log.rawLength,
      domEvents: isFirst ? draft.domEvents : 0,
    };
    options.onChunk(nextSeq++, serializeChunk(header, dom.bytes, log.bytes), header.flags);
  }

  function gap(draft: Draft, reason: string, body: "dom" | "both", flags: number): void {
    number({ ...draft, domEvents: 0, flags: Flag.gap | flags }, NOTHING, encodeNow(gapLog(reason, body, draft.firstMs)), 0, 1);
  }

  /** The event fits no set of parts: its log stays, a gap says the rest. */
  function tooLarge({ draft }: Job): void {
    gap(draft, "too_large", "dom", draft.flags & Flag.final);
    if (draft.log) number({ ...draft, domEvents: 0, flags: 0 }, NOTHING, encodeNow(draft.log), 0, 1);
  }

  /** Give the job's next part its number. */
  function step(job: Job, end: number, dom: Body, log: Body): void {
    number(job.draft, dom, log, job.part++, job.parts);
    job.at = end;
    if (job.part === job.parts && jobs[0] === job) jobs.shift();
  }

  function numberNow(job: Job): void {
    const { dom, log } = job.draft;
    const slices: Slice[] = [];
    do slices.push(sliceAt(dom, slices[slices.length - 1]?.end ?? job.at));
    while ((slices[slices.length - 1] as Slice).end < dom.length);
    job.parts = job.part + slices.length;
    for (const { raw, end } of slices) step(job, end, plain(raw), job.part === 0 ? encodeNow(log) : NOTHING);
  }

  /** The rest of the event will not come. */
  function giveUp(job: Job): void {
    if (job.part === 0) return tooLarge(job);
    for (; job.part < job.parts; job.part++) gap(job.draft, "too_large", "dom", job.part === job.parts - 1 ? job.draft.flags & Flag.final : 0);
  }

  async function work(job: Job): Promise<void> {
    const flush = flushes;
    const { dom, log } = job.draft;
    if (job.parts === 0) {
      const counted = await countSlices(dom);
      if (flush !== flushes) return;
      job.parts = counted;
      if (counted > MAX_PARTS || dom.length > MAX_PARTS_RAW_BYTES) {
        tooLarge(jobs.shift() as Job);
        options.onLost((job.draft.flags & Flag.snapshot) !== 0);
        return;
      }
    }
    const { raw, end } = sliceAt(dom, job.at);
    const asColumns = job.parts === 1 && options.takesColumns(); // the parts of one event are slices of JSON
    const bodies = await Promise.all([options.encode(raw, asColumns), job.part === 0 ? options.encode(sliceAt(log, 0).raw) : NOTHING]);
    if (flush === flushes) step(job, end, ...bodies); // else numbered meanwhile: this answer comes too late
  }

  async function workAll(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    for (let job = jobs[0]; job && (job.part === 0 || options.hasRoom()); job = jobs[0]) {
      const mine = job;
      await work(mine).catch((error) => {
        reportTrouble(error);
        if (jobs[0] === mine) jobs.shift();
      });
    }
    isWorking = false;
    if (jobs.length === 0) onEmpty?.();
  }

  return {
    get waitingChars() {
      return jobs.reduce((sum, { draft }) => sum + draft.log.length + (isLarge(draft) ? 0 : draft.dom.length), 0);
    },
    get isInParts() {
      return jobs.some(({ draft }) => isLarge(draft));
    },
    hasRoomFor(draft) {
      const large = jobs.reduce((sum, { draft }) => sum + (isLarge(draft) ? draft.dom.length : 0), 0);
      return !isLarge(draft) || large === 0 || large + draft.dom.length <= MAX_PARTS_RAW_BYTES;
    },
    add(draft) {
      jobs.push({ draft, parts: 0, part: 0, at: 0 });
      void workAll();
    },
    resume: () => void workAll(),
    whenEmpty(then) {
      onEmpty = then;
      void workAll();
    },
    flush(mostChars) {
      flushes++;
      let room = mostChars;
      let isWhole = true;
      for (const job of jobs.splice(0)) {
        const { dom, log } = job.draft;
        const chars = dom.length - job.at + log.length;
        if (chars <= room) {
          room -= chars;
          numberNow(job);
        } else {
          isWhole = false;
          giveUp(job);
        }
      }
      return isWhole;
    },
  };
}
