/** Stylesheets as the rules that hold now: written, inserted, replaced or adopted. */
import { withoutAddresses } from "./attributes.js";

/** A <style>, or a <link> that the recorder turns into one: the same lines. */
export function sheetLines(element) {
  const rules = element.sheet ? rulesOf(element.sheet) : [];
  const media = element.sheet?.media?.mediaText;
  return rules.length ? [`stylesheet${media ? ` media ${fixedMedia(media)}` : ""}`, ...rules.map((line) => `  ${line}`)] : [];
}

/** Constructed sheets of a document or a shadow root, in their order. */
export function adoptedLines(root) {
  return [...(root.adoptedStyleSheets ?? [])].flatMap((sheet) => ["adopted", ...rulesOf(sheet).map((line) => `  ${line}`)]);
}

/** A sheet from elsewhere cannot be read, on either side: no lines. */
function rulesOf(sheet) {
  try {
    return [...sheet.cssRules].flatMap(ruleLines);
  } catch {
    return [];
  }
}

function ruleLines(rule) {
  if ("styleSheet" in rule) return rule.styleSheet ? rulesOf(rule.styleSheet) : []; // @import: the recorder writes its rules out
  if (rule.selectorText !== undefined && rule.style) return styleRuleLines(rule);
  if (rule.cssText.startsWith("@font-face")) return [fontFace(rule)];
  if (rule.cssRules) return [prelude(rule), ...inner(rule)];
  return [withoutAddresses(rule.cssText)];
}

function styleRuleLines(rule) {
  const selectors = topLevel(rule.selectorText).filter((one) => !one.includes("\\:hover"));
  return [`${selectors.join(", ")} { ${withoutAddresses(rule.style.cssText)} }`, ...inner(rule)];
}

/** A font by its name and kind; where its bytes come from is not replayed (yet). */
function fontFace({ style }) {
  const said = [...style].filter((name) => name !== "src").map((name) => `${name}: ${style.getPropertyValue(name)}`);
  return `@font-face { ${said.sort().join("; ")} }`;
}

const inner = (rule) => [...(rule.cssRules ?? [])].flatMap(ruleLines).map((line) => `  ${line}`);

const prelude = (rule) => fixedMedia(rule.cssText.slice(0, rule.cssText.indexOf("{")).trim());

/** The replayer reads device sizes as sizes of the stage. */
const fixedMedia = (text) => text.replace(/\b(max|min)-device-(width|height)/g, "$1-$2");

/** Split a selector list at its own commas, not at those inside parentheses, brackets or strings. */
function topLevel(text) {
  const parts = [""];
  let depth = 0;
  for (const [letter] of text.matchAll(/\\.|"(?:[^"\\]|\\.)*"|[^]/g)) {
    if (letter === "(" || letter === "[") depth += 1;
    if (letter === ")" || letter === "]") depth -= 1;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}
