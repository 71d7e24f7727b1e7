import { describe, expect, it, vi } from "vitest";
import { Loader, type Sinks } from "../src/loader";
import { Timeline } from "../src/timeline";
import { Codec } from "../../recorder_js/src/wire/frames";
import { serializeRecords } from "../../recorder_js/src/wire/records";
import type { Manifest } from "../src/manifest";
import type { Unit } from "../src/stage-messages";
import { chunk, manifest, stream, T0 } from "./fixtures";

function setUp(session: Manifest, answersUpto = Infinity, isFirstFrameOut = true, codecOf = (_seq: number): number => Codec.json) {
  const asked: string[] = [];
  const units: Unit[] = [];
  const log: unknown[] = [];
  const sinks: Sinks = {
    units: (_, more) => units.push(...more),
    log: (_, more) => log.push(...more),
    fed: () => undefined,
    failed: () => undefined,
  };
  const loader = new Loader(async (id, body, from, upto) => {
    asked.push(`${id} ${body} ${from}-${upto}`);
    const end = Math.min(upto, from + answersUpto);
    const text = (seq: number) => new TextEncoder().encode(body === "dom" ? `[{"seq":${seq}}]` : `[{"id":"${seq}","t":1,"type":"custom"}]`);
    const records = Array.from({ length: end - from }, (_, i) => from + i).map((seq) => {
      const row = session.streams[0]?.chunks.find((each) => each[0] === seq);
      const body = text(seq);
      return { seq, codec: row ? codecOf(seq) : Codec.missing, flags: 0, partIndex: row?.[6] ?? 0, partCount: row?.[7] ?? 1, rawLength: body.length, body };
    });
    return { bytes: serializeRecords(records), nextSeq: end };
  }, sinks);
  loader.update(new Timeline(session));
  if (isFirstFrameOut) loader.release();
  return { loader, asked, units, log };
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
    const { loader, asked } = setUp(manifest([page]), Infinity, false);
    loader.aim(page, T0 + 55_300);
    await vi.waitFor(() => expect(loader.isReady(page, T0 + 55_300)).toBe(true));
    expect(asked).toEqual(["a dom 50-56"]);
  });

  it("goes on where an answer stopped, and hands on each unit once", async () => {
    const { loader, units, asked } = setUp(manifest([page]), 2);
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
    expect(asked.slice(0, 2)).toEqual(["a dom 0-3", "a dom 4-6"]);
  });

  it("joins parts, even when they come in two answers", async () => {
    const parted = stream("a", "w", 0, [chunk(0, 0, 2, 0, 3), chunk(1, 0, 0, 1, 3), chunk(2, 0, 0, 2, 3)]);
    const { loader, units } = setUp(manifest([parted]), 2);
    loader.aim(parted, T0);
    await vi.waitFor(() => expect(units).toHaveLength(1));
    expect(new TextDecoder().decode(units[0]?.body ?? undefined)).toBe('[{"seq":0}][{"seq":1}][{"seq":2}]');
  });

  it("says in which form the bytes come, and takes parts of two forms for lost", async () => {
    const parted = stream("a", "w", 0, [chunk(0, 0, 2), chunk(1, 1, 0, 0, 2), chunk(2, 1, 0, 1, 2), chunk(3, 2, 0, 0, 2), chunk(4, 2, 0, 1, 2)]);
    const codecs = [Codec.json, Codec.columns, Codec.columns, Codec.columns, Codec.json];
    const { loader, units } = setUp(manifest([parted]), Infinity, true, (seq) => codecs[seq] as number);
    loader.aim(parted, T0 + 9_000);
    await vi.waitFor(() => expect(units).toHaveLength(3));
    expect(units.map(({ form, body }) => body && form)).toEqual(["json", "columns", null]);
  });

  it("gives every log event once", async () => {
    const { loader, log } = setUp(manifest([page]), 7);
    loader.aim(page, T0);
    await vi.waitFor(() => expect(log).toHaveLength(90));
  });
});
