// @vitest-environment node
import { expect, it } from "vitest";
import { findInCss, findInElement } from "../../../src/assets/urls";

const A = "https://a.example";

function found(run: (note: (url: string, isFont: boolean) => void) => void): [string, boolean][] {
  const all: [string, boolean][] = [];
  run((url, isFont) => all.push([url, isFont]));
  return all;
}

it("tells fonts from images in CSS", () => {
  const css = `@font-face { font-family: F; src: url("${A}/f.woff2") format("woff2"), url('${A}/f.woff'); } b { background: url(${A}/b.png) }`;
  expect(found((note) => findInCss(css, note))).toEqual([
    [`${A}/f.woff2`, true],
    [`${A}/f.woff`, true],
    [`${A}/b.png`, false],
  ]);
});

it("reads CSS inside JSON too", () => {
  const rule = JSON.stringify({ rule: `i { background: url("${A}/i.png") }` });
  expect(found((note) => findInCss(rule, note))).toEqual([[`${A}/i.png`, false]]);
});

it("finds the images of elements", () => {
  const of = (tag: string, attributes: Record<string, unknown>): string[] => found((note) => findInElement(tag, attributes, note)).map(([url]) => url);
  expect(of("img", { src: `${A}/1.png`, srcset: `${A}/2.png 1x, ${A}/3,4.png 2x` })).toEqual([`${A}/1.png`, `${A}/2.png`, `${A}/3,4.png`]);
  expect(of("video", { poster: `${A}/p.jpg`, src: `${A}/v.mp4` })).toEqual([`${A}/p.jpg`]);
  expect(of("image", { "xlink:href": `${A}/s.png` })).toEqual([`${A}/s.png`]);
  expect(of("div", { style: `background: url("${A}/d.png")`, title: `url(${A}/no.png)` })).toEqual([`${A}/d.png`]);
  expect(of("a", { href: `${A}/page` })).toEqual([]);
});
