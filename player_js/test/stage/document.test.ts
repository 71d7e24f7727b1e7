import { describe, expect, it } from "vitest";
import { encode } from "../../../recorder_js/src/wire/columns";
import { readDocument } from "../../src/stage/document";

const event = { type: 3, timestamp: 5, data: { source: 0, texts: [{ id: 1, value: "é" }] } };
const json = (value: unknown): ArrayBuffer => new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;
const columns = (events: unknown[]): ArrayBuffer => new Uint8Array(encode(events)).buffer;

describe("a unit's document", () => {
  it("is read from JSON and from columns alike", () => {
    expect(readDocument(json([event]), "json")).toEqual([event]);
    expect(readDocument(columns([event]), "columns")).toEqual([event]);
  });

  it("gives what is no event to nobody", () => {
    expect(readDocument(columns([event, null, 7, { type: "3", timestamp: 1 }]), "columns")).toEqual([event]);
  });

  it("is null when it is none, or of the other form", () => {
    expect(readDocument(json({ type: 3 }), "json")).toBeNull();
    expect(readDocument(json([event]), "columns")).toBeNull();
    expect(readDocument(new Uint8Array([0xff, 0, 1]).buffer, "json")).toBeNull();
  });
});
