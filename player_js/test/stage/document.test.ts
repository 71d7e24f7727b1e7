import { describe, expect, it } from "vitest";
import { encode } from "../../../recorder_js/src/wire/columns";
import type { Form, Unit } from "../../src/stage-messages";
import { readDocument } from "../../src/stage/document";

const event = (timestamp: number) => ({ type: 3, timestamp, data: { source: 0, texts: [{ id: 1, value: "é" }] } });
const json = (value: unknown): ArrayBuffer => new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;
const columns = (events: unknown[]): ArrayBuffer => new Uint8Array(encode(events)).buffer;
const read = (body: ArrayBuffer | null, form: Form, keyframeEvents = 0) => readDocument({ body, form, keyframeEvents } as Unit);

describe("a unit's document", () => {
  it("is read from JSON and from columns alike", () => {
    expect(read(json([event(5)]), "json")?.recorded).toEqual([event(5)]);
    expect(read(columns([event(5)]), "columns")?.recorded).toEqual([event(5)]);
  });

  it("tells the keyframe from what was recorded", () => {
    expect(read(columns([event(1), event(2), event(3)]), "columns", 2)).toEqual({ keyframe: [event(1), event(2)], recorded: [event(3)] });
  });

  it("gives what is no event to nobody, and counts the keyframe as it was written", () => {
    const told = read(columns([event(1), null, 7, { type: "3", timestamp: 1 }, event(2)]), "columns", 2);
    expect(told).toEqual({ keyframe: [event(1)], recorded: [event(2)] });
  });

  it("is null when it is none, or of the other form", () => {
    expect(read(json({ type: 3 }), "json")).toBeNull();
    expect(read(json([event(5)]), "columns")).toBeNull();
    expect(read(new Uint8Array([0xff, 0, 1]).buffer, "json")).toBeNull();
    expect(read(null, "json")).toBeNull();
  });
});
