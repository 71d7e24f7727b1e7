/** Recorded values as trees: what a branch holds and how it reads in one line, both bounded. Pure; all of it is hostile. */
import { text } from "./text";

const MOST_TEXT = 100_000; // characters; what is longer stays text
const MOST_CHILDREN = 200;
export const MOST_DEPTH = 12;
const PREVIEW_CHARS = 80;
const PREVIEW_CHILDREN = 5;

/** Read a console argument: an object or an array as such, everything else as the text that it is. */
export function readValue(argument: string): unknown {
  const looksLike = /^\s*[[{]/.test(argument) && /[\]}]\s*$/.test(argument);
  if (!looksLike || argument.length > MOST_TEXT) return argument;
  try {
    return JSON.parse(argument) as unknown;
  } catch {
    return argument; // cut short, or text that begins like one
  }
}

export function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

export interface Children {
  items: { name: string; value: unknown }[];
  more: number; // that are not among them
}

export function childrenOf(value: object): Children {
  const entries = Object.entries(value);
  return { items: entries.slice(0, MOST_CHILDREN).map(([name, child]) => ({ name: text(name), value: child as unknown })), more: Math.max(0, entries.length - MOST_CHILDREN) };
}

/** Return a value in one line: `{total: 88, items: […]}`. */
export function preview(value: unknown): string {
  if (typeof value !== "object" || value === null) return leaf(value);
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const shown = entries.slice(0, PREVIEW_CHILDREN).map(([name, child]) => (isArray ? brief(child) : `${text(name)}: ${brief(child)}`));
  if (entries.length > PREVIEW_CHILDREN) shown.push("…");
  const inside = shown.join(", ");
  const cut = inside.length > PREVIEW_CHARS ? `${inside.slice(0, PREVIEW_CHARS)}…` : inside;
  return isArray ? `(${entries.length}) [${cut}]` : `{${cut}}`;
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? "[…]" : "[]";
  return typeof value === "object" && value !== null ? (Object.keys(value).length > 0 ? "{…}" : "{}") : leaf(value);
}

/** A value without branches, as JavaScript would write it. */
export function leaf(value: unknown): string {
  return typeof value === "string" ? `"${text(value)}"` : value === undefined ? "undefined" : text(JSON.stringify(value));
}
