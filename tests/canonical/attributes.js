/** Attributes, sorted by name, in the form that survives recording: addresses absolute, style as the CSSOM reads it. */

const LEFT_OUT = new Set(
  [
    "autocomplete", // the replayer turns it off in every field
    "nonce integrity crossorigin referrerpolicy fetchpriority loading decoding", // about fetching, not about the picture
    "action formaction method enctype ping target download cite autofocus", // about what a click would do
    "value checked selected open", // the state line tells how they are now
    "src srcset data srcdoc allow sandbox", // what a frame holds stands inside it; a picture's are told, see PICTURES
    "is http-equiv csp csp-content autoplay",
    "data-rr-is-password rrweb-original-src rrweb-original-srcset",
  ].flatMap((line) => line.split(" ")),
);
const PICTURES = { img: ["src", "srcset"], source: ["src", "srcset"], video: ["src", "poster"], audio: ["src"] };
const REPLAYER_CLASSES = new Set([":hover", "rrweb-paused"]);
const KEPT = "data-playhead-"; // the stage disarms an address and keeps what was recorded under this name

export function attributeLines(element, how) {
  const blocked = how.privacy.blockedStyle(element);
  if (blocked) return attributesAs({ class: element.getAttribute("class") ?? "", style: blocked }, element, how);
  const given = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
  for (const name of Object.keys(given)) {
    if (how.side !== "replay" || !name.startsWith(KEPT)) continue;
    given[name.slice(KEPT.length)] = given[name];
    delete given[name];
  }
  return attributesAs(given, element, how);
}

function attributesAs(given, element, how) {
  const said = Object.entries(given).map(([name, value]) => [name, valueOf(element, name, value, how)]);
  return said
    .filter(([, text]) => text !== null)
    .map(([name, text]) => `${name}=${JSON.stringify(text)}`)
    .sort();
}

/** The attribute as both sides can say it; null: it is not part of the form. */
function valueOf(element, name, value, how) {
  if (/^_?on/.test(name) || name.startsWith("rr_") || name.startsWith("xmlns")) return null;
  if (name === "class") return classOf(value);
  if (name === "style") return styleText(parsed(element, value)) || null;
  if (name === "href" || name === "xlink:href" || name === "xlink-href") return hrefOf(value, element, how);
  if (PICTURES[element.localName]?.includes(name)) return name === "srcset" ? srcsetOf(value, how) : absolute(value, how);
  if (LEFT_OUT.has(name)) return null;
  return how.privacy.attribute(name, value, element);
}

function classOf(value) {
  const words = value.split(/\s+/).filter((word) => word && !REPLAYER_CLASSES.has(word));
  return words.length ? words.join(" ") : null;
}

function hrefOf(value, element, how) {
  const isLink = element.localName === "a" || element.localName === "area";
  if (!isLink && value.startsWith("#")) return value; // a part of the same drawing
  const url = absolute(value, how);
  if (url === null || /^(javascript|vbscript):/i.test(url)) return null;
  // The recorder made "#part" absolute when it first saw it; the address may have moved on since, without a new page.
  return isLink ? how.privacy.url(url).replace(/^[^#]*#/, "#") : url;
}

/** An address as seen from the document; null when there is none. */
function absolute(value, how) {
  const text = value.trim();
  try {
    return text ? new URL(text, how.base).href : null;
  } catch {
    return text;
  }
}

function srcsetOf(value, how) {
  const parts = value.trim().split(/\s*,\s+/).map((part) => part.split(/\s+/));
  return parts.map(([url, size]) => [absolute(url, how), size].filter(Boolean).join(" ")).join(", ");
}

function parsed(element, css) {
  const style = element.ownerDocument.createElement("i").style;
  style.cssText = css;
  return style;
}

/** Every longhand, by name: what their order does is told by the looks. */
function styleText(style) {
  const said = [...style].map((name) => {
    const bang = style.getPropertyPriority(name) ? " !important" : "";
    return `${name}: ${withoutAddresses(style.getPropertyValue(name))}${bang}`;
  });
  return said.sort().join("; ");
}

const URL_IN_CSS = /url\(\s*("(?:[^"\\]|\\.)*"|[^)]*)\)/g;

/** What CSS would fetch is not replayed (yet), so neither side names it; what it carries or points to in the page stays. */
export const withoutAddresses = (css) =>
  css.replace(URL_IN_CSS, (call, url) => (/^"?(data:|#)/.test(url) ? call : 'url("data:,")'));
