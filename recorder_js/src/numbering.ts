/**
 * Drafts in, numbered chunks out, in order.
 *
 * A draft gets its seq when its bytes are final, never before; so a page that hides may encode at once what a compressor
 * still has in hand, number that, and throw the compressor's late answer away.
 */
import type { Draft } from "./buffer";
import { encodeNow, type Body } from "./encode";
import { MAX_PARTS } from "./wire/limits";
import { Codec, Flag, serializeChunk, type ChunkHeader } from "./wire/frames";

interface Job {
  draft: Draft;
  dom: Body[] | null;
  log: Body[] | null;
}

export interface Numbering {
  add(draft: Draft): void;
  /** Number all that waits, now. */
  flush(): void;
  /** Characters that wait. */
  readonly waitingChars: number;
}

export interface NumberingOptions {
  session: string;
  stream: string;
  encode: (text: string) => Promise<Body[]>;
  onChunk: (seq: number, bytes: Uint8Array, flags: number) => void;
}

const NOTHING: Body = { codec: Codec.empty, rawLength: 0, bytes: new Uint8Array() };

export function gapLog(reason: string, body: "dom" | "log" | "both", t: number): string {
  return JSON.stringify([{ id: `gap-${Math.round(t).toString(36)}`, t, type: "gap", reason, body }]);
}

export function createNumbering(options: NumberingOptions): Numbering {
  const jobs: Job[] = [];
  let nextSeq = 0;

  function number(draft: Draft, dom: Body, log: Body, partIndex: number, partCount: number): void {
    const isFirst = partIndex === 0;
    const isLast = partIndex === partCount - 1;
    const flags = (draft.flags & Flag.gap) | (isFirst ? draft.flags & Flag.snapshot : 0) | (isLast ? draft.flags & Flag.final : 0);
    const header: ChunkHeader = {
      flags,
      domCodec: dom.codec,
      logCodec: log.codec,
      session: options.session,
      stream: options.stream,
      seq: nextSeq,
      partIndex,
      partCount,
      domRawLength: dom.rawLength,
      logRawLength: log.rawLength,
      domEvents: isFirst ? draft.domEvents : 0,
      firstMs: draft.firstMs,
      lastMs: draft.lastMs,
      wallMs: draft.wallMs,
      monoMs: draft.monoMs,
    };
    options.onChunk(nextSeq++, serializeChunk(header, dom.bytes, log.bytes), flags);
  }

  function finish(job: Job): void {
    const log = job.log?.[0] ?? NOTHING; // the buffer bounds it to one slice
    const [draft, dom] = [job.draft, job.dom ?? [NOTHING]];
    if (dom.length > MAX_PARTS) {
      const [gap] = encodeNow(gapLog("too_large", "dom", draft.firstMs));
      number({ ...draft, domEvents: 0, flags: Flag.gap | (draft.flags & Flag.final) }, NOTHING, gap ?? NOTHING, 0, 1);
      if (log.rawLength) number({ ...draft, domEvents: 0, flags: 0 }, NOTHING, log, 0, 1);
      return;
    }
    dom.forEach((body, index) => number(draft, body, index === 0 ? log : NOTHING, index, dom.length));
  }

  function drain(): void {
    while (jobs[0]?.dom && jobs[0].log) finish(jobs.shift() as Job);
  }

  return {
    get waitingChars() {
      return jobs.reduce((sum, job) => sum + job.draft.dom.length + job.draft.log.length, 0);
    },
    add(draft) {
      const job: Job = { draft, dom: null, log: null };
      jobs.push(job);
      void Promise.all([options.encode(draft.dom), options.encode(draft.log)]).then(([dom, log]) => {
        if (job.dom) return; // numbered meanwhile: this answer comes too late
        [job.dom, job.log] = [dom, log];
        drain();
      });
    },
    flush() {
      for (const job of jobs) {
        job.dom ??= encodeNow(job.draft.dom);
        job.log ??= encodeNow(job.draft.log);
      }
      drain();
    },
  };
}
