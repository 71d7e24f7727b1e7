import { describe, expect, it } from "vitest";
import { Sanitiser } from "../../src/stage/sanitise";
import { cleanCss } from "../../src/stage/sanitise-css";
import type { RecordedNode } from "../../src/stage/events";

function clean(tagName: string, attributes: Record<string, unknown>, childNodes: RecordedNode[] = []): RecordedNode {
  const node: RecordedNode = { type: 2, id: 5, tagName, attributes, childNodes };
  new Sanitiser().clean({ type: 2, timestamp: 0, data: { node } });
  return node;
}

describe("elements", () => {
  it("that run become empty ones", () => {
    const script = clean("SCRIPT", { src: "https://x/a.js" }, [{ type: 3, id: 6, textContent: "run()" }]);
    expect(script).toMatchObject({ tagName: "noscript", attributes: {}, childNodes: [{ id: 6, textContent: "" }] });
  });

  it("that embed become boxes and keep their class", () => {
    expect(clean("object", { data: "x", class: "a" })).toMatchObject({ tagName: "span", attributes: { class: "a" } });
  });

  it("with impossible names become plain ones", () => {
    expect(clean("a b<", {}).tagName).toBe("div");
  });
});

describe("attributes", () => {
  it("lose handlers and addresses, and keep what was recorded readable", () => {
    expect(clean("a", { href: "https://x/", onclick: "x", OnFocus: "y", class: "c" }).attributes).toEqual({
      href: "#",
      "data-playhead-href": "https://x/",
      class: "c",
    });
  });

  it("keep pictures that carry their own bytes, and give others a box of their size", () => {
    expect(clean("img", { src: "data:image/png;base64,AA==" }).attributes?.src).toBe("data:image/png;base64,AA==");
    expect(String(clean("img", { src: "https://x/a.png", width: "40", height: "30" }).attributes?.src)).toContain("width%3D%2240%22");
  });

  it("put every frame into its sandbox, with no address", () => {
    expect(clean("iframe", { src: "https://x/", srcdoc: "<b>", sandbox: "allow-scripts", width: "9" }).attributes).toEqual({
      sandbox: "allow-same-origin",
      "data-playhead-src": "https://x/",
      width: "9",
    });
  });

  it("are cleaned when they change later, by what their element is", () => {
    const sanitiser = new Sanitiser();
    sanitiser.clean({ type: 2, timestamp: 0, data: { node: { type: 2, id: 5, tagName: "iframe", attributes: {}, childNodes: [] } } });
    const change = { id: 5, attributes: { src: "https://x/", sandbox: null } };
    sanitiser.clean({ type: 3, timestamp: 1, data: { source: 0, adds: [], removes: [], texts: [], attributes: [change] } });
    expect(change.attributes).not.toHaveProperty("src");
  });
});

describe("cleanCss", () => {
  it.each([
    ["a{background:url(https://x/a.png)}", 'a{background:url("data:,")}'],
    ["a{background:\\75\\72\\6c(https://x)}", 'a{background:url("data:,")}'],
    ['@import "https://x/a.css" screen;b{}', "b{}"],
    ["@import url(https://x;y);b{}", "b{}"],
    ['a{background:image-set("https://x" 1x)}', 'a{background:playhead-none("https://x" 1x)}'],
    ["a{background:url('data:image/png;base64,AA==')}", "a{background:url('data:image/png;base64,AA==')}"],
    ['@font-face{src:url("https://x/a.woff2") format("woff2"),url(b.ttf)}', '@font-face{src:local(""),local("")}'],
    ["@font-face{src:url(data:font/woff2;base64,AA==) format('woff2')}", "@font-face{src:url(data:font/woff2;base64,AA==) format('woff2')}"],
    ["@font-face{font-family:'}';src:url(https://x/a.ttf)}", "@font-face{font-family:'}';src:url(\"data:,\")}"],
    ["a{fill:url(#g)}", "a{fill:url(#g)}"],
    [".\\31 0{content:'\\2014'}", ".\\31 0{content:'\\2014'}"],
  ])("%s", (given, wanted) => expect(cleanCss(given)).toBe(wanted));
});
