/**
 * The canonical form of a document: lines of text that are equal for the live page and for its replay.
 * docs/canonical-form.md says what is in it, what is left out, and why.
 */
import { attributeLines } from "./attributes.js";
import { adoptedLines, sheetLines } from "./sheets.js";
import { boxLine, looksLine, stateLine } from "./state.js";
import { plain, recorded } from "./privacy.js";

const HTML = "http://www.w3.org/1999/xhtml";
const PREFIXES = { "http://www.w3.org/2000/svg": "svg:", "http://www.w3.org/1998/Math/MathML": "math:" };
const NEVER_PAINTED = new Set(["script", "noscript", "template", "meta", "base", "track", "param"]);
const OWN_TEXT = new Set(["style", "textarea", "script"]); // said by rules and state instead

/**
 * `side` is "live" (masks and scrubbing are applied, as the recorder applies them) or "replay" (nothing is, so that
 * an unmasked value shows as a difference).
 */
export function lines(doc, { side, boxes = true }) {
  return documentLines(doc, { side, boxes, privacy: side === "live" ? recorded : plain });
}

function documentLines(doc, how) {
  const view = doc.defaultView;
  const doctype = doc.doctype ? doc.doctype.name : "none";
  const head = [`document ${doc.compatMode} doctype ${doctype} scroll ${at(view.scrollX)} ${at(view.scrollY)}`];
  const here = { ...how, view, base: doc.baseURI };
  return [...head, ...indent(adoptedLines(doc)), ...indent(elementLines(doc.documentElement, here))];
}

const at = (pixels) => Math.round(pixels);
const indent = (some) => some.map((line) => `  ${line}`);

function elementLines(element, how) {
  const name = nameOf(element);
  if (isSheet(element)) return isPlayersOwn(element, how) ? [] : sheetLines(element);
  if (NEVER_PAINTED.has(name) || isHint(element)) return [];
  const isBlocked = how.privacy.blockedStyle(element) !== null;
  const inside = [
    ...attributeLines(element, how),
    ...(isPainted(element) ? [...boxLine(element, how), looksLine(element, how)] : []),
    ...(isBlocked ? [] : contentLines(element, how)),
  ];
  return [`<${name}>`, ...indent(inside)];
}

function contentLines(element, how) {
  return [stateLine, shadowLines, frameLines, childLines].flatMap((part) => part(element, how));
}

function nameOf(element) {
  if (element.namespaceURI === HTML) return element.localName;
  return `${PREFIXES[element.namespaceURI] ?? `{${element.namespaceURI}}`}${element.localName}`;
}

const isSheet = (element) =>
  element.localName === "style" || (element.localName === "link" && /\bstylesheet\b/i.test(element.rel ?? ""));

/** The replayer puts its own rules between <html> and <head>. */
const isPlayersOwn = (element, how) => how.side === "replay" && element.parentNode === element.ownerDocument.documentElement;

/** Icons, preloads and the like paint nothing. */
const isHint = (element) => element.localName === "link";

const isPainted = (element) => !element.closest("head") && element.localName !== "head";

function shadowLines(element, how) {
  const root = element.shadowRoot;
  if (!root) return [];
  return ["#shadow", ...indent([...adoptedLines(root), ...childLines(root, how)])];
}

function frameLines(element, how) {
  if (element.localName !== "iframe" && element.localName !== "frame") return [];
  const inner = element.contentDocument;
  if (!inner?.documentElement || isBlank(inner)) return ["#frame nothing to see"];
  return ["#frame", ...indent(documentLines(inner, how))];
}

/** A frame from elsewhere is rebuilt as an empty one: both are "nothing to see". */
const isBlank = (doc) => !doc.body?.childNodes.length && !doc.head?.childNodes.length;

/** Neighbouring texts are one; comments are passed over; space that is never painted is left out. */
function childLines(parent, how) {
  const result = [];
  let text = "";
  const flush = () => {
    if (text && !isIdleSpace(text, parent)) result.push(JSON.stringify(text));
    text = "";
  };
  if (OWN_TEXT.has(parent.localName)) return result;
  for (const child of parent.childNodes) {
    if (child.nodeType === 3 || child.nodeType === 4) text += how.privacy.text(child.data, parent);
    const inside = child.nodeType === 1 ? elementLines(child, how) : [];
    if (inside.length) flush(); // what has no lines does not part two texts
    result.push(...inside);
  }
  flush();
  return result;
}

const isIdleSpace = (text, parent) => !text.trim() && (parent.localName === "head" || parent.localName === "html");
