/** A stage for the fold's tests: our Caster, fed from the start or from a keyframe, and what it then holds, node by node. */
import { Caster } from "../../player_js/src/stage/caster";
import { Sanitiser } from "../../player_js/src/stage/sanitise";
import { lines as canonicalLines } from "../canonical/index.js";

const SETTLES_LATER = /"replace":"/; // CSSStyleSheet.replace() ends in a task of its own
let held = [];

/** Keep a recording as text: a replayer writes into the events that it is given. */
export function hold(events) {
  held = events.map((event) => JSON.stringify(event));
}

/** What stands on the stage after `first` and then the held events from..upto. */
export async function build(first, from, upto, { isClean = false } = {}) {
  const root = document.createElement("div");
  document.body.append(root);
  const caster = new Caster(root, () => undefined);
  const sanitiser = new Sanitiser();
  try {
    for (const text of [...first.map((event) => JSON.stringify(event)), ...held.slice(from, upto)]) {
      const event = isClean ? sanitiser.clean(JSON.parse(text)) : JSON.parse(text);
      if (!event) continue;
      castOne(caster, event);
      if (SETTLES_LATER.test(text)) await later();
    }
    const keyframeFaults = caster.faults;
    caster.cast([], false); // the flush
    caster.animate(false, true, 1); // transitions are where they end
    await later();
    return { ...read(caster), faults: keyframeFaults };
  } finally {
    caster.destroy();
    root.remove();
  }
}

const later = () => new Promise((done) => setTimeout(done, 0));

/** As Caster.cast does, without the flush that ends a run: the pointer moves once, at the end. */
function castOne(caster, event) {
  try {
    caster.replayer.getCastFn(event, true)();
  } catch {
    caster.faults += 1;
  }
}

function read(caster) {
  const { replayer } = caster;
  const page = replayer.iframe.contentDocument;
  if (!page?.documentElement) return { canonical: [], precise: [], pointer: "" };
  const { width, height } = replayer.iframe;
  const { left, top } = replayer.mouse.style;
  const fonts = [...page.fonts].map((font) => `font ${font.family} ${font.weight} ${font.style}`);
  const precise = [`viewport ${width} ${height}`, ...fonts, ...documentLines(page, replayer.getMirror())];
  return { canonical: canonicalLines(page, { side: "replay" }), precise, pointer: left && `${left} ${top}` };
}

function documentLines(page, mirror) {
  const view = page.defaultView;
  const head = [`document ${page.compatMode} ${Math.round(view.scrollX)} ${Math.round(view.scrollY)}`];
  return [...head, ...adopted(page), ...selectionLines(page, mirror), ...indent(nodeLines(page, mirror))];
}

const indent = (some) => some.map((line) => ` ${line}`);

function nameOf(node, mirror) {
  const id = mirror.getId(node);
  return id > 0 && mirror.getNode(id) === node ? `#${id}` : "#-";
}

function nodeLines(parent, mirror) {
  const result = [];
  const isStyle = parent.nodeName.toLowerCase() === "style";
  for (const node of parent.childNodes) {
    if (isPlayersOwn(node, mirror)) continue;
    if (node.nodeType === 3 && isStyle) continue; // its rules are told
    if (node.nodeType === 3) result.push(`${nameOf(node, mirror)} ${JSON.stringify(node.data)}`);
    else if (node.nodeType === 8) result.push(`${nameOf(node, mirror)} <!--${node.data}-->`);
    else if (node.nodeType === 10) result.push(`doctype ${node.name} ${node.publicId} ${node.systemId}`);
    else result.push(...elementLines(node, mirror));
  }
  return result;
}

const isPlayersOwn = (node, mirror) => node.nodeName === "STYLE" && mirror.getMeta(node) === null && node.parentNode.nodeName === "HTML";

function elementLines(element, mirror) {
  const words = [nameOf(element, mirror), `${element.namespaceURI.slice(-4)}:${element.nodeName}`, ...attributes(element), ...live(element)];
  const inside = nodeLines(element, mirror);
  if (element.shadowRoot) inside.push("shadow", ...adopted(element.shadowRoot), ...indent(nodeLines(element.shadowRoot, mirror)));
  if (element.sheet) inside.push(...sheet(element.sheet));
  if (element.localName === "iframe" && element.contentDocument) inside.push(...documentLines(element.contentDocument, mirror));
  return [words.join(" "), ...indent(inside)];
}

/** A link whose sheet came after its page is disarmed before it becomes a style; in a keyframe it is one from the start. */
const nameIn = (element, name) => (element.localName === "style" || element.hasAttribute("_csstext") ? name.replace(/^data-playhead-/, "") : name);

function attributes(element) {
  const said = [...element.attributes].map(({ name: given, value }) => {
    const name = nameIn(element, given);
    if (name === "class") return `class=${value.split(/\s+/).filter((word) => word !== "rrweb-paused").join(" ")}`;
    return name === "style" ? `style=${element.style.cssText}` : `${name}=${value}`;
  });
  return said.filter((one) => one !== "class=" && one !== "style=").sort();
}

function live(element) {
  const said = [];
  const { localName } = element;
  if (["input", "textarea", "select"].includes(localName)) said.push(`value:${element.value}`);
  if (localName === "input") said.push(`checked:${element.checked}`);
  if (localName === "option") said.push(`selected:${element.selected}`);
  if (localName === "dialog" && element.open) said.push(element.matches(":modal") ? "modal" : "open");
  if (localName === "video" || localName === "audio") {
    said.push(`media:${Math.round(element.currentTime * 10)} ${element.playbackRate} ${element.volume} ${element.muted} ${element.loop}`);
  }
  if (element.scrollLeft || element.scrollTop) said.push(`scroll:${Math.round(element.scrollLeft)},${Math.round(element.scrollTop)}`);
  return said;
}

const adopted = (root) => root.adoptedStyleSheets.flatMap((one) => ["adopted", ...indent(sheet(one))]);

function sheet(one) {
  try {
    return [...one.cssRules].map((rule) => rule.cssText);
  } catch {
    return ["unreadable"];
  }
}

function selectionLines(page, mirror) {
  const chosen = page.getSelection();
  if (!chosen?.rangeCount) return [];
  const range = chosen.getRangeAt(0);
  const [start, end] = [range.startContainer, range.endContainer].map((node) => nameOf(node, mirror));
  return [`selection ${start} ${range.startOffset} ${end} ${range.endOffset}`];
}
