/** Values from the page (console arguments, event properties) as bounded, masked text or JSON. */
import { LIMITS } from "../config";
import { clip } from "../lib/clip";
import type { Json, Properties } from "../wire/events";
import { maskSaid } from "./url";

const MOST_KEYS = 50;
const TAIL_CHARS = 300; // read beyond the cut: half an e-mail address would not be known as one

/** Names whose values are secrets, whatever they look like. */
const SECRET_NAME = /pass(word|wd|phrase)|secret|token|authorization|api[-_]?key|cookie|cvv|cvc|card[-_]?number|\bssn\b/i;

function nameOf(value: object): string {
  try {
    return value.constructor?.name || "Object";
  } catch {
    return "Object";
  }
}

function describeObject(value: object): string | null {
  if (value instanceof Error) return `${value.name}: ${maskSaid(value.message)}`;
  if (typeof Node !== "undefined" && value instanceof Node) return `<${value.nodeName.toLowerCase()}>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof URL) return "[URL]";
  if (typeof Window !== "undefined" && value instanceof Window) return "[Window]";
  return null;
}

/** Return JSON of a value: own data properties only (a getter is the page's code), cut in depth, breadth and length. */
export function toJson(
  value: unknown,
  depth: number = LIMITS.propertiesDepth,
  budget: { chars: number } = { chars: LIMITS.propertiesChars },
  mask: (text: string) => string = maskSaid,
): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") {
    const text = clip(mask(value.slice(0, LIMITS.messageChars + TAIL_CHARS)), LIMITS.messageChars);
    budget.chars -= text.length;
    return text;
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value !== "object") return clip(String(value), LIMITS.textChars);
  const described = describeObject(value);
  if (described !== null) return clip(described, LIMITS.messageChars);
  if (depth <= 0) return Array.isArray(value) ? `[Array ${value.length}]` : `[${nameOf(value)}]`;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value.slice(0, MOST_KEYS)) {
      if (budget.chars <= 0) break;
      items.push(toJson(item, depth - 1, budget, mask));
    }
    return items;
  }
  const shown: { [key: string]: Json } = {};
  let count = 0;
  for (const key of Object.keys(value)) {
    if (budget.chars <= 0 || count++ === MOST_KEYS) break;
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor || !("value" in descriptor)) continue;
    budget.chars -= key.length + 4;
    const isSecret = SECRET_NAME.test(key) && typeof descriptor.value !== "boolean";
    shown[clip(maskSaid(key), LIMITS.textChars)] = isSecret ? "***" : toJson(descriptor.value, depth - 1, budget, mask);
  }
  return shown;
}

/** Properties: an object, or nothing. */
export function toProperties(value: unknown, mask?: (text: string) => string): Properties {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const json = toJson(value, LIMITS.propertiesDepth, { chars: LIMITS.propertiesChars }, mask);
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
}

/** A console argument as a line of text. */
export function toText(value: unknown, mostChars: number = LIMITS.messageChars): string {
  if (typeof value === "string") return clip(maskSaid(value.slice(0, mostChars + TAIL_CHARS)), mostChars);
  const json = toJson(value, 3, { chars: mostChars });
  const text = value === undefined ? "undefined" : typeof json === "string" ? json : JSON.stringify(json);
  return clip(text, mostChars);
}
