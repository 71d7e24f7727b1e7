import { describe, expect, it, vi } from "vitest";
import { maskSecrets } from "../../../src/privacy/text";
import { toJson, toProperties, toText } from "../../../src/privacy/values";

describe("console arguments", () => {
  it.each<[unknown, string]>([
    ["plain", "plain"],
    [7, "7"],
    [NaN, "NaN"],
    [undefined, "undefined"],
    [null, "null"],
    [12n, "12"],
    [Symbol("s"), "Symbol(s)"],
    [{ a: [1, { b: 2 }] }, '{"a":[1,{"b":2}]}'],
    [new TypeError("no"), "TypeError: no"],
    [[1, , 3], "[1,null,3]"],
  ])("%s is shown as %s", (value, text) => expect(toText(value)).toBe(text));

  it("masks what the cut goes through", () => {
    expect(toText(`${" ".repeat(1_990)}ada@example.org`)).not.toContain("ada");
    expect(toProperties({ note: `${" ".repeat(1_990)}ada@example.org` }).note).not.toContain("ada");
  });

  it("shows an element by its name alone", () => expect(toText(document.createElement("section"))).toBe("<section>"));
  it("masks what is in them", () => expect(toText({ to: "ada@example.org" })).toBe('{"to":"***************"}'));
  it("hides secrets by name", () => expect(toText({ password: "hunter2", apiKey: "k", ok: 1 })).toBe('{"password":"***","apiKey":"***","ok":1}'));

  it("never runs the page's getters", () => {
    const getter = vi.fn(() => "x");
    expect(toText(Object.defineProperty({}, "trap", { get: getter, enumerable: true }))).toBe("{}");
    expect(getter).not.toHaveBeenCalled();
  });

  it("ends where things are endless", () => {
    const ring: Record<string, unknown> = {};
    ring.self = ring;
    expect(toText(ring).length).toBeLessThan(200);
    expect(toText(Array.from({ length: 100_000 }, (_, i) => i)).length).toBeLessThanOrEqual(2_000);
    expect(toText("x".repeat(100_000))).toHaveLength(2_000);
    expect(JSON.stringify(toJson(Array.from({ length: 60 }, () => Array.from({ length: 60 }, () => "word".repeat(50))))).length).toBeLessThan(40_000);
  });

  it("leaves no half of a character at the cut", () => expect(toText("😀".repeat(2_000))).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/));
});

describe("properties", () => {
  it.each([undefined, null, 7, "text", [1]])("%s becomes no property", (value) => expect(toProperties(value)).toEqual({}));
  it("keep a person's address where it is said on purpose, and no card", () =>
    expect(toProperties({ email: "ada@example.org", note: "4111111111111111" }, maskSecrets)).toEqual({ email: "ada@example.org", note: "****************" }));
});
