// @vitest-environment node
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { BadColumns, decode, encode } from "../../../src/wire/columns";
import { SHAPES, STRINGS } from "../../../src/wire/columns-table";
import { columnsWriter } from "../../../src/wire/columns-writer";
import { fromHex } from "../../../src/wire/frames";

interface Vector {
  name: string;
  events: string;
  document: string;
  hex: string;
}
const read = (name: string): [string, Vector][] =>
  (JSON.parse(readFileSync(resolve(process.cwd(), "replay/wire/vectors", `${name}.json`), "utf8")) as { vectors: Vector[] }).vectors.map(
    (vector) => [vector.name, vector],
  );
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (document: Uint8Array): string => new TextDecoder().decode(document);
/** As JSON says it: the order of keys counts, and a key `__proto__` is one. */
const told = (value: unknown): string => JSON.stringify(value);

const small = fc.nat(40);
const words = fc.oneof(fc.constantFrom("", "row", "41", "42", "\ud83d", "ë", "__proto__", "left: 10px"), fc.string({ unit: "binary", maxLength: 9 }));
const values = fc.jsonValue({ maxDepth: 5 });
const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.record({ type: fc.constant(3), textContent: words, id: small }),
    fc.record({ type: fc.constant(2), tagName: words, attributes: fc.dictionary(words, fc.option(words)), childNodes: fc.array(tie("node"), { maxLength: 4 }), id: small }),
  ),
}));
const events = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant(2), data: fc.record({ node, initialOffset: fc.record({ left: small, top: small }) }), timestamp: small }),
    fc.record({
      type: fc.constant(3),
      data: fc.record({ source: fc.constant(0), adds: fc.array(fc.record({ parentId: small, nextId: fc.option(small), node })), texts: fc.array(fc.record({ id: small, value: words })) }),
      timestamp: small,
    }),
    values,
  ),
);

describe("columns", { timeout: 30_000 }, () => {
  it("brings any JSON back", () => {
    fc.assert(fc.property(fc.array(values), (some) => told(decode(encode(JSON.parse(told(some)) as unknown[]))) === told(some)));
  });

  it("brings events like rrweb's back", () => {
    fc.assert(fc.property(events, (some) => told(decode(encode(JSON.parse(told(some)) as unknown[]))) === told(some)));
  });

  it.each(read("columns"))("reads what Python wrote, and writes the same: %s", (_name, vector) => {
    const said = JSON.parse(vector.events) as unknown[];
    expect(told(decode(bytes(vector.document)))).toBe(told(said));
    expect(JSON.parse(text(encode(said)))).toEqual(JSON.parse(vector.document));
  });

  it.each(read("columns_refused"))("refuses: %s", (_name, { hex }) => {
    expect(() => decode(fromHex(hex))).toThrow(BadColumns);
  });

  it("refuses whatever else, and throws nothing else", () => {
    const kinds = fc.string({ unit: fc.constantFrom(..."pcdrPDRsamoOtx"), maxLength: 8 });
    const payload = fc.oneof(fc.integer({ min: -9, max: 120 }), fc.array(fc.integer({ min: -3, max: 30 }), { maxLength: 4 }), values);
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 5 }), kinds, fc.array(payload, { maxLength: 8 }), (count, kinds, payloads) => {
        try {
          decode(bytes(told([1, count, kinds, [], ...payloads])), 100_000);
        } catch (error) {
          expect(error).toBeInstanceOf(BadColumns);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("carries a page that is deeper than a stack", () => {
    let deep: object = { type: 3, textContent: "deep", id: 100_000 };
    for (let id = 99_999; id > 0; id--) deep = { type: 2, tagName: "div", attributes: {}, childNodes: [deep], id };
    const [event] = decode(encode([{ type: 2, data: { node: deep }, timestamp: 1 }])) as [{ data: { node: { childNodes: { id: number }[] } } }];
    expect(event.data.node.childNodes[0]?.id).toBe(2);
  });

  it("has a writer whose own text is all that it needs", () => {
    const made = new Function(`return (${columnsWriter.toString()})(${told(SHAPES)},${told(STRINGS)})`)() as (events: unknown[]) => string;
    for (const [, { events, document }] of read("columns")) expect(JSON.parse(made(JSON.parse(events) as unknown[]))).toEqual(JSON.parse(document));
  });

  it("begins every document anew", () => {
    const write = columnsWriter(SHAPES, STRINGS);
    const own = [{ ownKey: 1 }];
    expect(write(own)).toBe(write(own));
    expect(() => write([{ get other(): never { throw new Error("no JSON"); } }])).toThrow("no JSON"); // prettier-ignore
    expect(write(own)).toBe(columnsWriter(SHAPES, STRINGS)(own));
  });
});

describe("the specification", () => {
  it("has the tables", () => {
    const spec = readFileSync(resolve(process.cwd(), "replay/wire/SPEC.md"), "utf8");
    const rows = (spec.split("Shapes of form 1")[1] as string).split("\n").filter((line) => line.startsWith("    "));
    expect(rows.map((line) => line.trim().split(/\s+/).slice(1).join(" "))).toEqual(SHAPES.map((keys) => keys.join(" ") || "(no key)"));
    const strings = (spec.split("Strings of form 1: ")[1] as string).split(" · ").map((each) => each.split("`")[1] ?? "");
    expect(strings).toEqual(STRINGS);
  });
});
