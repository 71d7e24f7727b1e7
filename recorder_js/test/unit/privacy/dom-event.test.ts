// @vitest-environment node
import { describe, expect, it } from "vitest";
import { cleanDomEvent, type NodeLookup } from "../../../src/privacy/dom-event";

const nodes: NodeLookup = {
  tagOf: (id) => ({ 1: "a", 2: "img", 3: "link", 4: "input" })[id] ?? "div",
  attributeOf: (id, name) => (id === 4 && name === "type" ? "hidden" : ""),
  parentTagOf: (id) => (id === 9 ? "style" : "p"),
  isMasked: (id) => id === 20 || id === 21,
  masksItself: (id) => id === 20,
};
const clean = (type: number, data: unknown): unknown => {
  const event = { type, data, timestamp: 0 };
  cleanDomEvent(event, nodes);
  return event.data;
};
const MASK = "***************";

describe("rrweb events before they are buffered", () => {
  it("scrubs the page's own address", () => {
    expect(clean(4, { href: "https://a.example/?q=1#x", width: 1, height: 1 })).toEqual({ href: "https://a.example/?q=*#*", width: 1, height: 1 });
  });

  it("masks text and attributes in a full snapshot, and leaves what the replay must load", () => {
    const style = { type: 3, textContent: "a{background:url(data:font;base64,dGhpc0lzQVNlY3JldFRva2VuMTIzNDU2Nzg5MA==)}", isStyle: true };
    const tree = {
      type: 0,
      childNodes: [
        {
          type: 2,
          tagName: "a",
          attributes: { href: "/x?s=1#y", title: "ada@example.org", "aria-label": "ada@example.org", "data-user": "ada@example.org", class: "d41d8cd98f00b204e9800998ecf8427e" },
          childNodes: [{ type: 3, textContent: "ada@example.org" }],
        },
        { type: 2, tagName: "form", attributes: { action: "/send?k=1" }, childNodes: [] },
        { type: 2, tagName: "link", attributes: { href: "/app.css?v=3" }, childNodes: [] },
        { type: 2, tagName: "img", attributes: { src: "/i.png?w=3", alt: "ada@example.org" }, childNodes: [] },
        { type: 2, tagName: "style", attributes: {}, childNodes: [{ ...style }] },
      ],
    };
    const { node } = clean(2, { node: tree, initialOffset: {} }) as { node: typeof tree };
    const [a, form, link, img, sheet] = node.childNodes as unknown as { attributes: Record<string, string>; childNodes: { textContent: string }[] }[];
    expect(a?.attributes).toEqual({ href: "/x?s=*#*", title: MASK, "aria-label": MASK, "data-user": MASK, class: "d41d8cd98f00b204e9800998ecf8427e" });
    expect(a?.childNodes[0]?.textContent).toBe(MASK);
    expect(form?.attributes.action).toBe("/send?k=*");
    expect(link?.attributes.href).toBe("/app.css?v=3");
    expect(img?.attributes).toEqual({ src: "/i.png?w=3", alt: MASK });
    expect(sheet?.childNodes[0]).toEqual(style);
  });

  it("masks what mutations bring", () => {
    const data = {
      source: 0,
      texts: [{ id: 5, value: "ada@example.org" }, { id: 9, value: "a@b.co{}" }, { id: 6, value: null }],
      attributes: [{ id: 1, attributes: { href: "/x?s=1", title: null, style: { color: "red" } } }, { id: 3, attributes: { href: "/b.css?v=1" } }],
      adds: [{ parentId: 7, nextId: null, node: { type: 3, textContent: "ada@example.org" } }],
      removes: [],
    };
    expect(clean(3, data)).toMatchObject({
      texts: [{ value: MASK }, { value: "a@b.co{}" }, { value: null }],
      attributes: [{ attributes: { href: "/x?s=*", title: null, style: { color: "red" } } }, { attributes: { href: "/b.css?v=1" } }],
      adds: [{ node: { textContent: MASK } }],
    });
  });

  it("masks patterns in any attribute that does not draw the page", () => {
    const attributes = { email: "ada@example.org", name: "ada@example.org", onclick: "go('ada@example.org')", card: "4111 1111 1111 1111", src: "/logo@2x.png", d: "M1 1 1 1 1 1 1 1 1 1 1 1 1 8" };
    expect(clean(3, { source: 0, attributes: [{ id: 8, attributes }] })).toMatchObject({
      attributes: [
        { attributes: { email: MASK, name: MASK, onclick: "go('***************')", card: "**** **** **** ****", src: "/logo@2x.png", d: "M1 1 1 1 1 1 1 1 1 1 1 1 1 8" } },
      ],
    });
  });

  it("masks all that is read inside what the page masks, also where rrweb does not look", () => {
    const inShadow = { type: 2, id: 30, tagName: "b", attributes: { title: "Ada", class: "name" }, childNodes: [{ type: 3, textContent: "Ada L" }] };
    const host = { type: 2, id: 20, tagName: "x-host", attributes: { "aria-label": "Ada", "aria-hidden": "false" }, childNodes: [inShadow] };
    expect(clean(2, { node: { type: 0, childNodes: [host] } })).toMatchObject({
      node: { childNodes: [{ attributes: { "aria-label": "***", "aria-hidden": "false" }, childNodes: [{ attributes: { title: "***", class: "name" }, childNodes: [{ textContent: "*** *" }] }] }] },
    });
    const data = { source: 0, texts: [{ id: 21, value: "Ada" }], attributes: [{ id: 21, attributes: { title: "Ada" } }], adds: [{ parentId: 21, node: { type: 3, textContent: "Ada" } }] };
    expect(clean(3, data)).toMatchObject({ texts: [{ value: "***" }], attributes: [{ attributes: { title: "***" } }], adds: [{ node: { textContent: "***" } }] });
  });

  it("does not say which of some answers was chosen", () => {
    expect(clean(3, { source: 5, id: 4, text: "pregnant", isChecked: true })).toMatchObject({ text: "********" });
  });

  it("masks the values that rrweb leaves: hidden fields, custom fields, tokens in meta", () => {
    const element = (tagName: string, attributes: Record<string, string>): unknown => ({ type: 2, tagName, attributes, childNodes: [] });
    const childNodes = [
      element("input", { type: "hidden", value: "csrf" }),
      element("input", { type: "submit", value: "Send" }),
      element("x-field", { value: "typed" }),
      element("meta", { name: "csrf-token", content: "abc" }),
      element("meta", { name: "viewport", content: "width=device-width" }),
      element("iframe", { srcdoc: "<p>words</p>", rr_src: "/f?k=1" }),
    ];
    const { node } = clean(2, { node: { type: 0, childNodes } }) as { node: { childNodes: { attributes: Record<string, string> }[] } };
    expect(node.childNodes.map(({ attributes }) => attributes.value ?? attributes.content ?? attributes.srcdoc)).toEqual([
      "****",
      "Send",
      "*****",
      "***",
      "width=device-width",
      undefined,
    ]);
    expect(clean(3, { source: 0, attributes: [{ id: 4, attributes: { value: "csrf" } }] })).toMatchObject({ attributes: [{ attributes: { value: "****" } }] });
  });
});
