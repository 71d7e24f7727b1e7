/**
 * rrweb has no hook for attributes and masks text only by class; so every event passes here before it is buffered.
 *
 * Changed in place: text and attributes (patterns masked; all that people read of them where the page asks for masking),
 * links and form targets (query values and fragments scrubbed), field values that rrweb leaves (hidden, checkbox, custom
 * fields), the page's own address. What draws the page stays: `src`, `srcset`, `class`, `style`, stylesheet links, shapes.
 */
import type { DomEvent } from "../wire/events";
import { maskText, shapeOf } from "./text";
import { scrubUrl } from "./url";

interface SerializedNode {
  id?: number;
  type: number; // 2 element, 3 text, 5 comment
  tagName?: string;
  attributes?: Record<string, unknown>;
  childNodes?: SerializedNode[];
  textContent?: string;
  isStyle?: boolean;
}

interface Mutation {
  texts?: { id: number; value: string | null }[];
  attributes?: { id: number; attributes: Record<string, unknown> }[];
  adds?: { parentId: number; node: SerializedNode }[];
}

/** What rrweb's mirror knows of a node that an event names by id alone. */
export interface NodeLookup {
  tagOf(id: number): string;
  attributeOf(id: number, name: string): string;
  parentTagOf(id: number): string;
  /** Whether the page asks for its text to be masked: all of it, also in shadow roots and frames, where rrweb's rule ends. */
  isMasked(id: number): boolean;
  /** Whether it is such an element itself. */
  masksItself(id: number): boolean;
  /** Hears of each element's attributes that draw, before they are cleaned. */
  see?(tag: string, attributes: Record<string, unknown>, isMasked: () => boolean): void;
}

const FULL_SNAPSHOT = 2;
const INCREMENTAL = 3;
const META = 4;
const MUTATION = 0;
const INPUT = 5;

const READ = /^(title|alt|aria-(label|description|valuetext|placeholder)|placeholder|value|label|summary)$/;
const DRAWS = /^(class|style|src|srcset|imagesrcset|poster|data|background|integrity|rr_.*|_css.*|d|points|path|values|key(times|splines|points)|viewbox|transform|stroke-dash.*|kernelmatrix|tablevalues)$/i;
const LINKS = new Set(["a", "area", "form", "button", "input", "base"]);
const LINK = /^(href|xlink:href|action|formaction|ping)$/;
const RAW_TEXT = new Set(["style", "script"]);
const SHOWS_VALUE = /^(submit|button|reset|image)$/; // the value of such an input is its face
const PLAIN_META = /^(viewport|color-scheme|theme-color)$/; // others may hold a token

/** Whether a value attribute holds what somebody typed or the page keeps, rather than what it shows. */
function isFieldValue(tag: string, type: string): boolean {
  return (tag === "input" && !SHOWS_VALUE.test(type)) || tag.includes("-");
}

function cleanAttributes(tag: string, attributes: Record<string, unknown>, others: (name: string) => string, isMasked: () => boolean): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value !== "string") continue;
    if (name === "srcdoc") delete attributes[name]; // the frame's document is recorded on its own, and masked there
    else if (name === "value" && isFieldValue(tag, others("type"))) attributes[name] = shapeOf(value);
    else if (name === "content" && tag === "meta" && !PLAIN_META.test(others("name"))) attributes[name] = shapeOf(value);
    else if (LINK.test(name)) {
      if (LINKS.has(tag) || name === "action") attributes[name] = scrubUrl(value);
    } else if (tag === "iframe" && (name === "src" || name === "rr_src")) attributes[name] = scrubUrl(value);
    else if (!DRAWS.test(name)) attributes[name] = READ.test(name) && isMasked() ? shapeOf(value) : maskText(value);
  }
}

function cleanNode(node: SerializedNode, parentTag: string, isInMasked: boolean, nodes: NodeLookup): void {
  const { attributes, tagName } = node;
  const isMasked = isInMasked || (tagName !== undefined && nodes.masksItself(node.id ?? 0));
  if (attributes && tagName) {
    nodes.see?.(tagName, attributes, () => isMasked);
    cleanAttributes(tagName, attributes, (name) => String(attributes[name] ?? ""), () => isMasked);
  }
  if (typeof node.textContent === "string" && !node.isStyle && !RAW_TEXT.has(parentTag)) {
    node.textContent = isMasked ? shapeOf(node.textContent) : maskText(node.textContent);
  }
  if (node.childNodes) for (const child of node.childNodes) cleanNode(child, tagName ?? "", isMasked, nodes);
}

function cleanMutation(mutation: Mutation, nodes: NodeLookup): void {
  for (const text of mutation.texts ?? []) {
    if (text.value === null || RAW_TEXT.has(nodes.parentTagOf(text.id))) continue;
    text.value = nodes.isMasked(text.id) ? shapeOf(text.value) : maskText(text.value);
  }
  for (const change of mutation.attributes ?? []) {
    const [tag, isMasked] = [nodes.tagOf(change.id), (): boolean => nodes.isMasked(change.id)];
    nodes.see?.(tag, change.attributes, isMasked);
    cleanAttributes(tag, change.attributes, (name) => nodes.attributeOf(change.id, name), isMasked);
  }
  for (const add of mutation.adds ?? []) cleanNode(add.node, nodes.tagOf(add.parentId), nodes.isMasked(add.parentId), nodes);
}

export function cleanDomEvent(event: DomEvent, nodes: NodeLookup): void {
  const data = event.data as Record<string, unknown>;
  if (event.type === META) data.href = scrubUrl(String(data.href));
  else if (event.type === FULL_SNAPSHOT) cleanNode(data.node as SerializedNode, "", false, nodes);
  else if (event.type !== INCREMENTAL) return;
  else if (data.source === MUTATION) cleanMutation(data as Mutation, nodes);
  else if (data.source === INPUT && typeof data.text === "string") data.text = shapeOf(data.text); // rrweb leaves a radio's and a checkbox's
}
