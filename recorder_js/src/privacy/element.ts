/** An element in words that a person reads, with nothing in them that the recording hides. */
import { CLASSES, LIMITS } from "../config";
import { clip } from "../lib/clip";
import { closest } from "../lib/closest";
import type { ElementInfo } from "../wire/events";
import { maskText, shapeOf } from "./text";

export interface HideRules {
  blockSelector: string | null;
  maskSelector: string;
}

const ACTS = "a,button,input,select,textarea,label,summary,option,[role=button],[role=link],[role=tab],[role=menuitem],[role=option],[role=checkbox],[onclick]";
const HAS_OWN_WORDS = "a,button,label,summary,option,th,td,li,h1,h2,h3,h4,h5,h6,p,span,[role]";
const MOST_ANCESTORS = 4;

const blocks = (rules: HideRules): string => `.${CLASSES.block}${rules.blockSelector ? `,${rules.blockSelector}` : ""}`;

export function isBlocked(element: Element, rules: HideRules): boolean {
  return closest(element, blocks(rules)) !== null;
}

/** What a click was meant for: the nearest thing that acts, else the thing itself. */
export function actorOf(element: Element): Element {
  return closest(element, ACTS) ?? element;
}

function step(element: Element): string {
  const tag = element.localName;
  if (element.id && /^[a-z][\w-]{0,40}$/i.test(element.id)) return `${tag}#${maskText(element.id)}`;
  const classes = Array.from(element.classList).filter((name) => /^[a-z][\w-]{0,30}$/i.test(name)).slice(0, 2);
  const named = tag + classes.map((name) => `.${name}`).join("");
  const siblings = element.parentElement ? Array.from(element.parentElement.children).slice(0, 200) : [];
  const alike = siblings.filter((sibling) => sibling.localName === tag);
  return alike.length > 1 ? `${named}:nth-of-type(${alike.indexOf(element) + 1})` : named;
}

function selectorOf(element: Element): string {
  const steps: string[] = [];
  let one: Element | null = element;
  while (one && steps.length < MOST_ANCESTORS && one.localName !== "html") {
    steps.unshift(step(one));
    if (one.id) break;
    one = one.parentElement;
  }
  return clip(steps.join(" > "), LIMITS.textChars);
}

/** The words inside, without those of fields and of what is hidden. */
function textOf(element: Element, hidden: string): string {
  if (!element.querySelector(hidden)) return element.textContent ?? "";
  return Array.from(element.childNodes, (child) => {
    if (child.nodeType !== Node.ELEMENT_NODE) return child.nodeType === Node.TEXT_NODE ? (child.textContent ?? "") : "";
    return (child as Element).matches(hidden) ? "" : textOf(child as Element, hidden);
  }).join("");
}

const inOneLine = (text: string): string => text.slice(0, 1_000).replace(/\s+/g, " ").trim();

function wordsOf(element: Element, hidden: string): string {
  const tag = element.localName;
  if (tag === "input") {
    const input = element as HTMLInputElement;
    return /^(submit|button|reset)$/.test(input.type) ? input.value : "";
  }
  if (/^(select|textarea)$/.test(tag) || closest(element, "[contenteditable]")) return "";
  if (!element.matches(HAS_OWN_WORDS) && element.childElementCount > 0) return "";
  return inOneLine(textOf(element, hidden));
}

/** What a field's label says, when it may be said. */
function labelText(element: Element, rules: HideRules, hidden: string): string {
  const label = (element as HTMLInputElement).labels?.[0];
  if (!label || isBlocked(label, rules)) return "";
  const text = inOneLine(textOf(label, hidden));
  return closest(label, rules.maskSelector) ? shapeOf(text) : text;
}

function labelOf(element: Element, rules: HideRules, hidden: string): string {
  const of = (name: string): string | null => element.getAttribute(name);
  return (
    of("aria-label") || labelText(element, rules, hidden) || of("alt") || of("title") || of("placeholder") || of("name") || ""
  );
}

/** Describe an element; every part is masked and at most 200 characters. */
export function describeElement(element: Element, rules: HideRules): ElementInfo {
  const info: ElementInfo = { tag: clip(element.localName, LIMITS.textChars), selector: selectorOf(element) };
  if (isBlocked(element, rules)) return info;
  const isMasked = closest(element, rules.maskSelector) !== null;
  const show = (text: string): string => clip(isMasked ? shapeOf(text) : maskText(text), LIMITS.textChars);
  const hidden = `${blocks(rules)},${rules.maskSelector},textarea,select,style,script`;
  const [text, label, role] = [wordsOf(element, hidden), labelOf(element, rules, hidden), element.getAttribute("role")];
  if (text) info.text = show(text);
  if (label && label !== text) info.label = show(label);
  if (role) info.role = clip(role, LIMITS.textChars);
  if (element.id) info.id = clip(maskText(element.id), LIMITS.textChars);
  return info;
}
