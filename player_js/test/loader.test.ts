import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api";
import { Loader, type Lost, type Sinks, type Source } from "../src/loader";
import { Timeline } from "../src/timeline";
import { Codec } from "../../recorder_js/src/wire/frames";
import { serializeRecords } from "../../recorder_js/src/wire/records";
import type { Manifest, StreamRow } from "../src/manifest";
import type { Unit } from "../src/stage-messages";
import { chunk, manifest, segment, stream, T0 } from "./fixtures";

interface Wishes {
  answersUpto?: number;
  isFirstFrameOut?: boolean;
  codecOf?: (seq: number) => number;
  onAsk?: (what: string) => void;
}

/** A server that has a session as `told.now` says, and a loader that heard of it as it was at first. */
function setUp(session: Manifest, { answersUpto = Infinity, isFirstFrameOut = true, codecOf = () => Codec.json, onAsk = () => undefined }: Wishes = {}) {
  const asked: string[] = [];
  const units: Unit[] = [];
  const log: unknown[] = [];
  const losses: Lost[] = [];
  const failures: unknown[] = [];
  const told = { now: session };
  const row = (id: string) => told.now.streams.find((each) => each.id === id) as StreamRow;
  const text = (body: string, seq: number) => new TextEncoder().encode(body === "dom" ? `[{"seq":${seq}}]` : `[{"id":"${seq}","t":1,"type":"custom"}]`);
  const lostSegments = new Set<string>();
  const source: Source = {
    async chunks(id, body, from, upto) {
      asked.push(`${id} ${body} ${from}-${upto}`);
      onAsk(asked.at(-1) as string);
      if (from < row(id).segmented_upto) {
        const record = { seq: from, codec: Codec.segmented, flags: 0, partIndex: 0, partCount: 1, rawLength: 0, body: new Uint8Array() };
        return { bytes: serializeRecords([record]), nextSeq: row(id).segmented_upto };
      }
      const end = Math.min(upto, from + answersUpto);
      const records = Array.from({ length: end - from }, (_, i) => from + i).map((seq) => {
        const found = row(id).chunks.find((each) => each[0] === seq);
        const bytes = text(body, seq);
        return { seq, codec: found ? codecOf(seq) : Codec.missing, flags: 0, partIndex: found?.[6] ?? 0, partCount: found?.[7] ?? 1, rawLength: bytes.length, body: bytes };
      });
      return { bytes: serializeRecords(records), nextSeq: end };
    },
    async segment(id, first, body) {
      asked.push(`${id} ${body} segment ${first}`);
      if (lostSegments.has(`${body} ${first}`)) throw new ApiError(404, "missing_bytes", "gone");
      if (!row(id).segments.some((each) => each[0] === first)) throw new ApiError(404, "not_found", "nothing");
      return { form: body === "dom" ? "columns" : "json", bytes: text(body, first).buffer as ArrayBuffer };
    },
    async rows(id, from, upto) {
      asked.push(`${id} rows ${from}-${upto}`);
      return { segmented_upto: row(id).segmented_upto, chunks: Array.from({ length: upto - from }, (_, i) => chunk(from + i, from + i, from + i === 0 ? 2 : 0)), next_seq: upto };
    },
    async reload() {
      asked.push("manifest");
      loader.update(new Timeline(told.now));
    },
  };
  const sinks: Sinks = {
    units: (_, more) => units.push(...more),
    log: (_, more) => log.push(...more),
    rows: (at, rows) => {
      const streams = told.now.streams.map((each) => (each.id === at.id ? { ...each, chunks: rows, unlisted: [] } : each));
      loader.update(new Timeline({ ...told.now, streams }));
    },
    lost: (_, lost) => losses.push(lost),
    fed: () => undefined,
    failed: (error) => failures.push(error),
  };
  const loader = new Loader(source, sinks);
  loader.update(new Timeline(session));
  if (isFirstFrameOut) loader.release();
  return { loader, asked, units, log, losses, failures, told, lostSegments };
}

const chunks = [chunk(0, 0, 2), ...Array.from({ length: 89 }, (_, i) => chunk(i + 1, i + 1, i === 49 ? 2 : 0))];
const page = stream("a", "w", 0, chunks, 1_000);

describe("the loader", () => {
  it("asks for what the moment needs first, then the logs, then what comes next", async () => {
    const { loader, asked } = setUp(manifest([page]));
    loader.aim(page, T0 + 55_300);
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    expect(asked).toEqual(["a dom 50-56", "a log 0-90", "a dom 56-90"]);
    expect(loader.isReady(page, T0 + 55_300)).toBe(true);
  });

  it("asks for nothing else until the first frame is out", async () => {
    const { loader, asked } = setUp(manifest([page]), { isFirstFrameOut: false });
    loader.aim(page, T0 + 55_300);
    await vi.waitFor(() => expect(loader.isReady(page, T0 + 55_300)).toBe(true));
    expect(asked).toEqual(["a dom 50-56"]);
  });

  it("goes on where an answer stopped, and hands on each unit once", async () => {
    const { loader, units, asked } = setUp(manifest([page]), { answersUpto: 2 });
    loader.aim(page, T0 + 55_300);
    await vi.waitFor(() => expect(units).toHaveLength(40));
    expect(asked.slice(0, 3)).toEqual(["a dom 50-56", "a dom 52-56", "a dom 54-56"]);
    expect(new Set(units.map((unit) => unit.seq)).size).toBe(40);
  });

  it("speaks to the stage in the stream's own time", async () => {
    const { loader, units } = setUp(manifest([page]));
    loader.aim(page, T0);
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(0));
    expect(units[0]?.startMs).toBe(T0 - 1_000);
  });

  it("hands on what is missing as a hole, without asking", async () => {
    const holed = stream("a", "w", 0, chunks.filter(([seq]) => seq !== 3));
    const gaps = [{ stream: "a", first_seq: 3, last_seq: 3, start_ms: T0 + 3_000, end_ms: T0 + 3_900, reason: "crash", body: "both" as const }];
    const { loader, units, asked } = setUp(manifest([holed], { gaps }));
    loader.aim(holed, T0 + 5_000);
    await vi.waitFor(() => expect(loader.isReady(holed, T0 + 5_000)).toBe(true));
    expect(units.find((unit) => unit.seq === 3)?.body).toBeNull();
    expect(asked[0]).toBe("a dom 0-3"); // what follows the hole cannot change the frame
    expect(asked).not.toContain("a dom 4-6");
  });

  it("joins parts, even when they come in two answers", async () => {
    const parted = stream("a", "w", 0, [chunk(0, 0, 2, 0, 3), chunk(1, 0, 0, 1, 3), chunk(2, 0, 0, 2, 3)]);
    const { loader, units } = setUp(manifest([parted]), { answersUpto: 2 });
    loader.aim(parted, T0);
    await vi.waitFor(() => expect(units).toHaveLength(1));
    expect(new TextDecoder().decode(units[0]?.body ?? undefined)).toBe('[{"seq":0}][{"seq":1}][{"seq":2}]');
  });

  it("says in which form the bytes come, and takes parts of two forms for lost", async () => {
    const parted = stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 1, 0, 0, 2), chunk(2, 1, 0, 1, 2), chunk(3, 2, 0, 0, 2), chunk(4, 2, 0, 1, 2)]);
    const codecs = [Codec.json, Codec.columns, Codec.columns, Codec.columns, Codec.json];
    const { loader, units } = setUp(manifest([parted]), { codecOf: (seq) => codecs[seq] as number });
    loader.aim(parted, T0 + 9_000);
    await vi.waitFor(() => expect(units).toHaveLength(3));
    expect(units.map(({ form, body }) => body && form)).toEqual(["json", "columns", null]);
  });

  it("gives every log event once", async () => {
    const { loader, log } = setUp(manifest([page]), { answersUpto: 7 });
    loader.aim(page, T0);
    await vi.waitFor(() => expect(log).toHaveLength(90));
  });
});

describe("segments", () => {
  const segments = [segment(0, 60, 0), segment(60, 120), segment(120, 180)];
  const folded: StreamRow = { ...stream("a", "w", 0, [chunk(180, 180), chunk(181, 181)], 1_000), segments, segmented_upto: 180 };

  it("cost one request for a moment inside one", async () => {
    const { loader, asked, units } = setUp(manifest([folded]), { isFirstFrameOut: false });
    loader.aim(folded, T0 + 75_000);
    await vi.waitFor(() => expect(loader.isReady(folded, T0 + 75_000)).toBe(true));
    expect(asked).toEqual(["a dom segment 60"]);
    expect(units).toMatchObject([{ seq: 60, upto: 120, isSegment: true, keyframeEvents: 3, keyframeMs: T0 + 59_000, form: "columns" }]);
  });

  it("come with the chunks after them, and their logs nearest first", async () => {
    const { loader, asked, log } = setUp(manifest([folded]));
    loader.aim(folded, T0 + 181_500);
    await vi.waitFor(() => expect(log).toHaveLength(5));
    const dom = asked.filter((each) => each.includes("dom"));
    const logs = asked.filter((each) => each.includes("log"));
    expect(dom).toEqual(["a dom segment 120", "a dom 180-182"]);
    expect(logs).toEqual(["a log 180-182", "a log segment 120", "a log segment 60", "a log segment 0"]);
  });

  it("that are gone are holes, said with their span, and the rest plays", async () => {
    const { loader, units, losses, lostSegments } = setUp(manifest([folded]));
    lostSegments.add("dom 60").add("log 0");
    loader.aim(folded, T0 + 75_000);
    await vi.waitFor(() => expect(losses).toHaveLength(2));
    expect(losses[0]).toEqual({ seq: 60, upto: 120, startMs: T0 + 60_000, endMs: T0 + 119_900, reason: "missing_bytes", body: "dom" });
    expect(losses[1]).toMatchObject({ seq: 0, upto: 60, startMs: T0, endMs: T0 + 59_900, body: "log" });
    expect(units.find((unit) => unit.seq === 60)?.body).toBeNull();
    await vi.waitFor(() => expect(units.find((unit) => unit.seq === 120)?.body).toBeTruthy());
  });

  it("take the place of chunks while those are being read: the manifest is read again", async () => {
    const fresh = stream("a", "w", 0, Array.from({ length: 100 }, (_, seq) => chunk(seq, seq, seq === 0 ? 2 : 0)));
    const now = { ...fresh, segments: [segment(0, 60, 0)], segmented_upto: 60, chunks: fresh.chunks.slice(60) };
    const onAsk = (what: string): void => {
      if (what === "a dom 40-91") told.now = manifest([now]);
    };
    const { loader, asked, units, told, failures, log } = setUp(manifest([fresh]), { answersUpto: 20, onAsk });
    loader.aim(fresh, T0 + 90_000);
    await vi.waitFor(() => expect(loader.isReady(now, T0 + 90_000)).toBe(true));
    expect(asked.filter((each) => each === "manifest")).toHaveLength(1);
    expect(asked).toContain("a dom segment 0");
    expect(failures).toEqual([]);
    const seen = units.map((unit) => [unit.seq, unit.upto]);
    expect(seen.filter(([first]) => (first as number) >= 60).map(([first]) => first)).toEqual(Array.from({ length: 40 }, (_, i) => 60 + i));
    await vi.waitFor(() => expect(log).toHaveLength(41));
  });

  it("are not asked for where the chunks in them are here already", async () => {
    const fresh = stream("a", "w", 0, Array.from({ length: 60 }, (_, seq) => chunk(seq, seq, seq === 0 ? 2 : 0)));
    const { loader, asked, log } = setUp(manifest([fresh]));
    loader.aim(fresh, T0);
    await vi.waitFor(() => expect(loader.isReady(fresh, T0 + 59_000)).toBe(true));
    await vi.waitFor(() => expect(log).toHaveLength(60));
    loader.update(new Timeline(manifest([{ ...fresh, chunks: [], segments: [segment(0, 60, 0)], segmented_upto: 60 }])));
    loader.aim(fresh, T0 + 30_000);
    expect(loader.isReady(fresh, T0 + 30_000)).toBe(true);
    expect(asked.filter((each) => each.includes("segment"))).toEqual([]);
  });

  it("do not interrupt a viewer whose chunks still make the frame", async () => {
    const fresh = stream("a", "w", 0, Array.from({ length: 60 }, (_, seq) => chunk(seq, seq, seq === 0 || seq === 40 ? 2 : 0)));
    const { loader, told } = setUp(manifest([fresh]), { isFirstFrameOut: false });
    loader.aim(fresh, T0 + 45_000);
    await vi.waitFor(() => expect(loader.isReady(fresh, T0 + 45_000)).toBe(true));
    told.now = manifest([{ ...fresh, chunks: [], segments: [segment(0, 60, 0)], segmented_upto: 60 }]);
    loader.update(new Timeline(told.now));
    expect(loader.isReady(told.now.streams[0] as StreamRow, T0 + 44_000)).toBe(true);
    expect(loader.isReady(told.now.streams[0] as StreamRow, T0 + 20_000)).toBe(false);
  });

  it("that keep moving away are a failure in the end, never an endless loop", async () => {
    const { loader, asked, failures, told } = setUp(manifest([folded]));
    told.now = manifest([{ ...folded, segments: [] }]);
    const reload = vi.fn(async () => loader.update(new Timeline(manifest([folded]))));
    Object.assign(loader, { source: { ...(loader as unknown as { source: Source }).source, reload } });
    loader.aim(folded, T0 + 75_000);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    expect(asked.length).toBeLessThan(20);
  });
});

it("asks for the rows of chunks that are not listed, when the moment needs them", async () => {
  const far = { ...stream("a", "w", 0, [chunk(5, 5), chunk(6, 6)]), unlisted: [[0, 5, T0, T0 + 4_900, 2, 5_000, 500] as [number, number, number, number, number, number, number]] };
  const { loader, asked } = setUp(manifest([far]), { isFirstFrameOut: false });
  loader.aim(far, T0 + 2_000);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  expect(asked).toEqual(["a rows 0-5", "a dom 0-3"]);
});
