/**
 * The second wall: recorded content is disarmed before rrweb builds it. (The first is the document's CSP and the sandbox.)
 *
 * In: one freshly parsed event. Out: the same event without anything that could run, load, navigate or take the focus,
 * or null when nothing of it may be played. What is taken away stays readable under `data-playhead-<attribute>`.
 */
import { Assets } from "./assets";
import { cleanCss } from "./sanitise-css";
import { NODE_ELEMENT, NODE_TEXT, Source, Type, type RecordedEvent, type RecordedNode } from "./events";
import { placeholder } from "./placeholder";

/** Elements that become an empty, inert one: they exist to run, to load or to steer. */
const EMPTIED = new Set(["script", "noscript", "base", "meta", "template", "param", "track"]);
/** Elements that become a neutral box of the same class and size. */
const BOXED = new Set(["object", "embed", "applet", "portal", "frame", "frameset", "fencedframe"]);
/** What an emptied element may keep. */
const HARMLESS = new Set(["id", "class", "charset", "name"]);
const FRAME_KEEPS = new Set(["id", "class", "style", "width", "height", "title", "name", "hidden"]);
/** Attributes that hold an address. */
const ADDRESSES = new Set(
  ("href xlink:href src srcset imagesrcset poster data action formaction background cite longdesc ping profile codebase " +
    "classid archive manifest icon lowsrc dynsrc attributionsrc srcdoc").split(" "),
);
/** Attributes that steer, run or grab whatever their value. */
const DROPPED = new Set(
  "target ping autofocus integrity nonce is http-equiv download csp allow sandbox srcdoc autoplay rr_src rr_mediastate".split(" "),
);
/** Where an image that is kept is shown. */
const SHOWS = new Set(
  ["img src", "input src", "video poster", "image href", "image xlink:href", "body background", "table background", "td background"],
);
const SHOWS_SETS = new Set(["img", "source"]);
const PICTURE = /^data:(image|font|audio|video)\//i;
const SCRIPTY = /^[\s\0-\x20]*(javascript|vbscript|data\s*:\s*text)/i;
const TAG = /^[a-z][a-z0-9._:-]*$/i;
const CUSTOM_TAG = /^[a-z][a-z0-9._]*-[a-z0-9._-]*$/;
const RESERVED_TAGS = new Set(
  "annotation-xml color-profile font-face font-face-src font-face-uri font-face-format font-face-name missing-glyph".split(" "),
);
/** Deeper trees would overflow the stack of the code that builds them. */
const MAX_DEPTH = 1_000;

export class Sanitiser {
  private tags = new Map<number, string>();
  private styleTexts = new Set<number>();

  constructor(private readonly assets = new Assets()) {}

  clean(event: RecordedEvent): RecordedEvent | null {
    if (event.type === Type.Meta) return event;
    if (event.type === Type.FullSnapshot) {
      this.tags.clear();
      this.styleTexts.clear();
      this.cleanNode(event.data.node, "", 0);
      return event;
    }
    if (event.type !== Type.Incremental) return null;
    return this.cleanIncremental(event.data) ? event : null;
  }

  private cleanIncremental(data: RecordedEvent["data"]): boolean {
    switch (data.source) {
      case Source.Mutation:
        for (const add of list(data.adds)) this.cleanNode(add.node, this.tags.get(add.parentId) ?? "", 0);
        for (const change of list(data.attributes)) this.cleanChange(change);
        for (const text of list(data.texts)) {
          if (this.styleTexts.has(text.id)) text.value = this.css(text.value);
        }
        return true;
      case Source.StyleSheetRule:
      case Source.AdoptedStyleSheet:
        for (const rules of [list(data.adds), ...list(data.styles).map((style) => list(style.rules))]) {
          for (const each of rules) each.rule = this.css(each.rule);
        }
        for (const key of ["replace", "replaceSync"]) if (typeof data[key] === "string") data[key] = this.css(data[key]);
        return true;
      case Source.StyleDeclaration:
        if (data.set) data.set.value = this.css(data.set.value);
        return true;
      case Source.Font: // a buffer is the font itself; anything else is an address
        return Boolean(data.buffer) || this.hasFont(data);
      case Source.CanvasMutation: // its arguments can build functions and sockets in this realm
      case Source.MediaInteraction: // nothing is loaded that could play
        return false;
      default:
        return true;
    }
  }

  private css(text: unknown): string {
    return cleanCss(String(text ?? ""), this.assets);
  }

  private hasFont(data: RecordedEvent["data"]): boolean {
    data.fontSource = this.css(data.fontSource);
    const address = /^url\(["']?([^"')]*)/.exec(data.fontSource)?.[1] ?? "";
    return this.assets.isPlace(address) || PICTURE.test(address);
  }

  private cleanNode(node: RecordedNode, parentTag: string, depth: number): void {
    if (node.type === NODE_TEXT && (node.isStyle || parentTag === "style")) {
      this.styleTexts.add(node.id);
      node.textContent = this.css(this.assets.sheet(String(node.textContent ?? "")));
    }
    if (node.type === NODE_ELEMENT) this.cleanElement(node);
    if (!Array.isArray(node.childNodes)) return;
    if (depth >= MAX_DEPTH) node.childNodes = [];
    const tag = this.tags.get(node.id) ?? "";
    for (const child of node.childNodes) this.cleanNode(child, tag, depth + 1);
  }

  private cleanElement(node: RecordedNode): void {
    const recorded = String(node.tagName ?? "");
    const tag = TAG.test(recorded) ? recorded.toLowerCase() : "div";
    const attributes = { ...node.attributes };
    this.tags.set(node.id, tag);
    if (tag !== recorded.toLowerCase()) node.tagName = "div";
    if (node.isCustom && (!CUSTOM_TAG.test(tag) || RESERVED_TAGS.has(tag))) node.isCustom = false;
    if (BOXED.has(tag)) node.tagName = "span";
    if (tag === "script" || tag === "base" || tag === "meta") node.tagName = "noscript";
    if (EMPTIED.has(tag) || BOXED.has(tag)) node.childNodes = silence(node.childNodes);
    node.attributes = this.cleanAttributes(tag, attributes);
  }

  private cleanChange(change: { id: number; attributes: Record<string, unknown> }): void {
    const tag = this.tags.get(change.id) ?? "";
    change.attributes = this.cleanAttributes(tag, change.attributes ?? {}, true);
  }

  private cleanAttributes(tag: string, given: Record<string, unknown>, isChange = false): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(given)) {
      if (!isName(name)) continue;
      if (value === null) clean[name] = null;
      else cleanAttribute(this.assets, tag, name, value, clean, given);
    }
    if (tag === "iframe" && !isChange) clean.sandbox = "allow-same-origin";
    return clean;
  }
}

/** Put one attribute into `clean`: as it was, disarmed, or only under its data name. */
function cleanAttribute(
  assets: Assets,
  tag: string,
  name: string,
  value: unknown,
  clean: Record<string, unknown>,
  all: Record<string, unknown>,
): void {
  const key = name.toLowerCase();
  if (key.startsWith("on") || DROPPED.has(key)) return;
  if (EMPTIED.has(tag) && !HARMLESS.has(key)) return;
  if (tag === "iframe" && !FRAME_KEEPS.has(key) && !key.startsWith("rr_")) return keep(clean, key, value);
  if (tag === "link" && !("_cssText" in all) && !HARMLESS.has(key)) return keep(clean, key, value);
  if (/^(animate|animatetransform|animatemotion|set)$/.test(tag) && /href/i.test(String(all.attributeName))) return;
  if (typeof value !== "string") {
    clean[name] = key === "style" && value ? cleanStyle(assets, value as Record<string, unknown>) : value;
    return;
  }
  if (key === "_csstext") clean[name] = cleanCss(assets.sheet(value), assets);
  else if (key === "style" || /url\s*\(|\\/i.test(value)) clean[name] = cleanCss(value, assets);
  else if (key === "rr_dataurl") clean[name] = PICTURE.test(value) ? value : "data:,";
  else if (ADDRESSES.has(key)) cleanAddress(assets, tag, name, value, clean, all);
  else if (!SCRIPTY.test(value)) clean[name] = value;
}

function cleanAddress(
  assets: Assets,
  tag: string,
  name: string,
  value: string,
  clean: Record<string, unknown>,
  all: Record<string, unknown>,
): void {
  const key = name.toLowerCase();
  const isReference = value.startsWith("#");
  if (isReference || (PICTURE.test(value) && key !== "href" && !key.includes("srcset"))) {
    clean[name] = value;
    return;
  }
  keep(clean, key, value);
  const place = placeOf(assets, tag, key, value);
  if (place) clean[name] = place;
  else if (tag === "img" && key === "src") clean[name] = placeholder(all);
  if ((tag === "a" || tag === "area") && key === "href") clean[name] = "#"; // still :link, and goes nowhere
}

function placeOf(assets: Assets, tag: string, key: string, value: string): string | null {
  if (key === "srcset" && SHOWS_SETS.has(tag)) return assets.srcset(value);
  return SHOWS.has(`${tag} ${key}`) ? assets.place(value) : null;
}

/** Keep what was recorded where it can be read and does nothing. */
function keep(clean: Record<string, unknown>, key: string, value: unknown): void {
  if (typeof value === "string") clean[`data-playhead-${key.replace(/[^a-z0-9]/g, "-")}`] = value;
}

function cleanStyle(assets: Assets, style: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(style)) {
    if (Array.isArray(value)) clean[property] = [cleanCss(String(value[0]), assets), value[1]];
    else clean[property] = typeof value === "string" ? cleanCss(value, assets) : value;
  }
  return clean;
}

function silence(children: RecordedNode[] | undefined): RecordedNode[] {
  return (children ?? []).filter((child) => child.type === NODE_TEXT).map((child) => ({ ...child, textContent: "" }));
}

function isName(name: string): boolean {
  return /^[^\s"'<>/=\0]{1,200}$/.test(name) && name !== "__proto__";
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function list(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}
