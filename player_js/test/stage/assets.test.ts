import { describe, expect, it } from "vitest";
import type { RecordedEvent, RecordedNode } from "../../src/stage/events";
import { Assets } from "../../src/stage/assets";
import { Sanitiser } from "../../src/stage/sanitise";
import { cleanCss } from "../../src/stage/sanitise-css";

const HERE = "https://stage.example/player/assets/pass/";
const [A, B] = ["a".repeat(64), "b".repeat(64)];
const SHOP = "https://shop.example";

function known(): Assets {
  const assets = new Assets(HERE);
  assets.add([[A, `b{background:url("${SHOP}/b.png")}@import url("${SHOP}/evil.css");i{background:url("${SHOP}/unknown.png")}`]], [
    [`${SHOP}/b.png`, B],
    [`${SHOP}/f.woff2`, B],
    [`${SHOP}/odd.png`, "../../evil"],
  ]);
  return assets;
}

function clean(tagName: string, attributes: Record<string, unknown>, assets = known()): Record<string, unknown> {
  const node: RecordedNode = { type: 2, id: 5, tagName, attributes, childNodes: [] };
  new Sanitiser(assets).clean({ type: 2, timestamp: 0, data: { node } });
  return node.attributes ?? {};
}

describe("stylesheets by hash", () => {
  it("stand where their reference stood, disarmed, with kept images at their place here", () => {
    expect(clean("link", { _cssText: `playhead-asset:${A}` })._cssText).toBe(
      `b{background:url("${HERE}${B}")}i{background:url("data:,")}`,
    );
  });

  it("are empty while they are not here, and are known to lack", () => {
    const assets = known();
    expect(clean("style", { _cssText: `playhead-asset:${B}` }, assets)._cssText).toBe("");
    expect(assets.lacking).toEqual(new Set([B]));
    expect(assets.add([[A, ""]], [])).toBe(false);
    expect(assets.add([[B, "b{}"]], [])).toBe(true);
    expect(assets.lacking.size).toBe(0);
  });

  it("stand in the text of a style element too, where a keyframe put the reference", () => {
    const text: RecordedNode = { type: 3, id: 6, textContent: `playhead-asset:${A}`, isStyle: true };
    const style: RecordedNode = { type: 2, id: 5, tagName: "style", attributes: {}, childNodes: [text] };
    new Sanitiser(known()).clean({ type: 2, timestamp: 0, data: { node: style } });
    expect(text.textContent).toContain(HERE + B);
  });

  it("are never taken from anything but the whole attribute", () => {
    expect(clean("style", { _cssText: `playhead-asset:${A} ` })._cssText).toBe(`playhead-asset:${A} `);
    expect(clean("div", { title: `playhead-asset:${A}` }).title).toBe(`playhead-asset:${A}`);
  });
});

describe("fonts and images", () => {
  it("have their place here, and their form stays", () => {
    expect(cleanCss(`@font-face{src:url("${SHOP}/f.woff2") format("woff2"),url("${SHOP}/g.woff2")}`, known())).toBe(
      `@font-face{src:url("${HERE}${B}") format("woff2"),local("")}`,
    );
    expect(clean("img", { src: `${SHOP}/b.png` }).src).toBe(HERE + B);
    expect(clean("img", { srcset: `${SHOP}/no.png 1x, ${SHOP}/b.png 2x` }).srcset).toBe(`${HERE}${B} 2x`);
    expect(clean("video", { poster: `${SHOP}/b.png`, src: `${SHOP}/b.png` })).toMatchObject({ poster: HERE + B });
    expect(clean("video", { src: `${SHOP}/b.png` }).src).toBeUndefined();
  });

  it("are shown nowhere else", () => {
    expect(clean("iframe", { src: `${SHOP}/b.png` }).src).toBeUndefined();
    expect(clean("a", { href: `${SHOP}/b.png` }).href).toBe("#");
    expect(clean("use", { href: `${SHOP}/b.png` }).href).toBeUndefined();
    expect(clean("script", { src: `${SHOP}/b.png` }).src).toBeUndefined();
  });

  it("have no place that is no hash, and none without a folder", () => {
    expect(String(clean("img", { src: `${SHOP}/odd.png` }).src)).toMatch(/^data:/);
    const nowhere = new Assets("");
    nowhere.add([], [[`${SHOP}/b.png`, B]]);
    expect(String(clean("img", { src: `${SHOP}/b.png` }, nowhere).src)).toMatch(/^data:/);
    expect(nowhere.isPlace(B)).toBe(false);
  });

  it("let recorded CSS name no other address in the folder", () => {
    expect(cleanCss(`b{background:url("${HERE}../../stage")}`, known())).toBe('b{background:url("data:,")}');
    expect(cleanCss(`b{background:url(\\68ttps://evil.example/x)}`, known())).toBe('b{background:url("data:,")}');
  });

  it("come by FontFace too", () => {
    const face = (fontSource: string): RecordedEvent => ({ type: 3, timestamp: 0, data: { source: 10, family: "F", fontSource } });
    expect(new Sanitiser(known()).clean(face(`url(${SHOP}/f.woff2)`))?.data.fontSource).toBe(`url("${HERE}${B}")`);
    expect(new Sanitiser(known()).clean(face(`url(${SHOP}/g.woff2)`))).toBeNull();
  });
});
