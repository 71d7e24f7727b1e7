// @vitest-environment node
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkChunk, checkHello } from "../../../src/wire/checks";
import { inflate } from "../../../src/wire/codec";
import { REMEDIES } from "../../../src/wire/errors";
import { fromHex, Kind, packFrames, parseFrame, serializeChunk, serializeControl, toHex, unpackFrames, type Control, type KindName } from "../../../src/wire/frames";
import { REFUSALS, type WireError } from "../../../src/wire/refusals";
import { parseRecords, serializeRecords } from "../../../src/wire/records";

/* eslint-disable @typescript-eslint/no-explicit-any -- golden files are read as they are */
const read = (name: string): any[] =>
  JSON.parse(readFileSync(resolve(process.cwd(), "replay/wire/vectors", `${name}.json`), "utf8")).vectors;
const each = (name: string, pick: (vector: any) => boolean = () => true): [string, any][] =>
  read(name).filter(pick).map((vector) => [vector.name, vector]);

const HEADER = {
  flags: "flags",
  domCodec: "dom_codec",
  logCodec: "log_codec",
  session: "session",
  stream: "stream",
  seq: "seq",
  partIndex: "part_index",
  partCount: "part_count",
  domRawLength: "dom_raw_length",
  logRawLength: "log_raw_length",
  domEvents: "dom_events",
  firstMs: "first_ms",
  lastMs: "last_ms",
  wallMs: "wall_ms",
  monoMs: "mono_ms",
} as const;

describe("the golden frames that Python wrote", () => {
  it.each(each("chunks"))("reads and writes the chunk: %s", (_name, { hex, header }) => {
    const frame = parseFrame(fromHex(hex));
    if (frame.kind !== "chunk") throw new Error("not a chunk");
    for (const [ours, theirs] of Object.entries(HEADER)) expect(frame.body[ours as keyof typeof HEADER]).toEqual(header[theirs]);
    expect(frame.body.dom.length).toBe(header.dom_length);
    expect(frame.body.log.length).toBe(header.log_length);
    expect(toHex(serializeChunk(frame.body, frame.body.dom, frame.body.log))).toBe(hex);
  });

  it.each(each("messages"))("reads the message: %s", (_name, { hex, json, kind }) => {
    const frame = parseFrame(fromHex(hex));
    expect(Kind[frame.kind as KindName]).toBe(kind);
    expect(frame.body).toEqual(json);
    expect(parseFrame(serializeControl(frame as Control))).toEqual(frame);
  });

  it.each(each("bodies", (vector) => vector.raw !== undefined))("inflates: %s", async (_name, { codec, hex, raw }) => {
    expect(new TextDecoder().decode(await inflate(codec, fromHex(hex), 10_000))).toBe(raw);
  });

  it("refuses a body that inflates beyond its bound", async () => {
    const bomb = read("bodies").find((vector) => vector.name === "gzip");
    await expect(inflate(bomb.codec, fromHex(bomb.hex), 50)).rejects.toThrow("more than 50 bytes");
  });

  it("refuses a body that is not gzip", async () => {
    await expect(inflate(2, new Uint8Array([1, 2, 3]), 50)).rejects.toThrow("not gzip");
  });

  it.each(each("beacons", (vector) => vector.frames !== undefined))("splits and joins: %s", (_name, { hex, frames }) => {
    const found = unpackFrames(fromHex(hex));
    expect(found.map(toHex)).toEqual(frames);
    expect(toHex(packFrames(found))).toBe(hex);
  });

  it.each(each("beacons", (vector) => vector.error === "bad_frame"))("refuses the beacon: %s", (_name, { hex }) => {
    expect(() => unpackFrames(fromHex(hex))).toThrow();
  });

  it.each(each("records", (vector) => vector.records !== undefined))("reads the records: %s", (_name, { hex, records }) => {
    const found = parseRecords(fromHex(hex));
    const shown = found.map((one) => ({
      seq: one.seq,
      codec: one.codec,
      flags: one.flags,
      part_index: one.partIndex,
      part_count: one.partCount,
      raw_length: one.rawLength,
      body: toHex(one.body),
    }));
    expect(shown).toEqual(records);
    expect(toHex(serializeRecords(found))).toBe(hex);
  });

  it.each(each("records", (vector) => vector.error !== undefined))("refuses the records: %s", (_name, { hex }) => {
    expect(() => parseRecords(fromHex(hex))).toThrow();
  });

  it.each(each("refused", (vector) => ["nothing", "a kind of tomorrow"].includes(vector.name) || /^a chunk (cut|with)/.test(vector.name)))(
    "refuses the frame: %s",
    (_name, { hex }) => expect(() => parseFrame(fromHex(hex))).toThrow("a"),
  );

  it.each(each("refused", (vector) => /^0[13]/.test(vector.hex)))("a simulated server refuses: %s", (_name, { hex, pad, error }) => {
    const frame = Uint8Array.from([...fromHex(hex), ...new Uint8Array(pad)]);
    const refused = ((): string => {
      try {
        (frame[0] === Kind.chunk ? checkChunk : checkHello)(frame);
        return "nothing";
      } catch (refusal) {
        return (refusal as WireError).code;
      }
    })();
    expect(refused).toBe(error);
  });

  it("says every refusal as the server does", () => {
    const said = read("codes").map(({ name, permanent, http_status, ends, sentence }) => [name, { isPermanent: permanent, httpStatus: http_status, ends, sentence }]);
    expect(REFUSALS).toEqual(Object.fromEntries(said));
  });

  it("has a remedy for every code, and for no other", () => {
    expect(REMEDIES).toEqual(Object.fromEntries(read("codes").map((code) => [code.name, code.remedy])));
  });
});
