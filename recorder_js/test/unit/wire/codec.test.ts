// @vitest-environment node
import { describe, expect, it } from "vitest";
import { BadBody, decodeDom, deflate } from "../../../src/wire/codec";
import { encode } from "../../../src/wire/columns";
import { Codec } from "../../../src/wire/frames";

const EVENTS = [
  { type: 4, data: { href: "https://shop.example/", width: 1280, height: 720 }, timestamp: 1790000000000 },
  { type: 99, strange: { "": null, list: [1, 2.5, "\ud83d", "ë"] } },
  "no event at all",
];
const json = new TextEncoder().encode(JSON.stringify(EVENTS));

describe("decodeDom", () => {
  it("reads events out of every codec that a page sends or a reader gets", async () => {
    expect(await decodeDom(Codec.json, [json])).toEqual(EVENTS);
    expect(await decodeDom(Codec.gzip, [await deflate(json)])).toEqual(EVENTS);
    expect(await decodeDom(Codec.columns, [encode(EVENTS)])).toEqual(EVENTS);
    expect(await decodeDom(Codec.columnsGzip, [await deflate(encode(EVENTS))])).toEqual(EVENTS);
    expect(await decodeDom(Codec.empty, [])).toEqual([]);
  });

  it("joins the slices of one event", async () => {
    const document = encode(EVENTS);
    const slices = await Promise.all([deflate(document.subarray(0, 9)), deflate(document.subarray(9))]);
    expect(await decodeDom(Codec.columnsGzip, slices)).toEqual(EVENTS);
  });

  it.each([Codec.json, Codec.columns])("refuses what is larger than it may be, codec %i", async (codec) => {
    const body = codec === Codec.json ? json : encode(EVENTS);
    await expect(decodeDom(codec, [body.subarray(0, 40), body.subarray(40)], 60)).rejects.toThrow(BadBody);
  });

  it.each([Codec.json, Codec.columns, Codec.gzip, Codec.columnsGzip, Codec.missing, Codec.segmented, 18])(
    "refuses what is something else, codec %i",
    async (codec) => {
      await expect(decodeDom(codec, [new TextEncoder().encode('{"a":1}')])).rejects.toThrow(BadBody);
    },
  );
});
