/**
 * The recorder's default privacy, told a second time and in its own words: what the live page must look like once
 * recorded. It is not the recorder's code, so a mask that fails there shows here.
 */

/** Nothing is changed: the replay's side. */
export const plain = {
  text: (text) => text,
  value: (field) => field.value,
  select: (field) => [...field.options].map((option) => Number(option.selected)).join(""),
  url: (url) => url,
  attribute: (_name, value) => value,
  blockedStyle: () => null,
};

export const recorded = {
  text: (text, parent) => (isHidden(parent) ? stars(text) : masked(text)),
  value: maskedValue,
  select: (field) => "0".repeat(field.options.length), // which options are chosen is an answer too
  url: scrubbed,
  attribute: (name, value) => (READ.test(name) ? masked(value) : value),
  blockedStyle,
};

const READ = /^(title|alt|aria-.*|placeholder|content|label|summary|data-.*)$/;
const SECRETS = [
  /[^\s@<>()[\]"',;:=&?/]+@[^\s@<>()[\]"',;:=&?/]+\.[a-z]{2,24}/gi, // an e-mail address
  /\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, // a JSON web token
  /\b(sk|pk|rk)[-_](live|test)[-_]\w{8,}/gi, // a payment key
];
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;

const stars = (text) => text.replace(/\S/g, "*");

function masked(text) {
  const hidden = SECRETS.reduce((sofar, secret) => sofar.replace(secret, stars), text);
  return hidden.replace(CARD, (run) => (isCard(run) ? stars(run) : run));
}

/** The payment cards' own check: every second digit from the right counts double. One digit only is a picture of a card. */
function isCard(run) {
  if (new Set(run.replace(/\D/g, "")).size === 1) return false;
  const digits = [...run.replace(/\D/g, "")].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => total + (at % 2 ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit] : digit), 0);
  return sum % 10 === 0;
}

/** Text in these is hidden whole, whatever it says. */
const isHidden = (parent) => Boolean(parent?.closest?.(".ph-mask, [contenteditable]:not([contenteditable='false'])"));

/** Stars, as a field of the same kind shows them (a date field cannot); a password does not tell even its length. */
function maskedValue(field) {
  if (["submit", "button", "reset", "image"].includes(field.type)) return masked(field.value);
  const twin = field.cloneNode(false);
  twin.value = field.type === "password" ? field.value && "********" : stars(field.value);
  return twin.value;
}

/** Query values and the fragment go; the names and the path stay. */
function scrubbed(text) {
  const url = new URL(text);
  const query = url.search.slice(1).split("&").map((pair) => pair.replace(/=.*/, "=*"));
  return url.origin + masked(url.pathname) + (url.search ? `?${query.join("&")}` : "") + (url.hash ? "#*" : "");
}

/** A blocked element is an empty box of its size; null for any other. */
function blockedStyle(element) {
  if (!element.matches(".ph-block")) return null;
  const { width, height } = element.getBoundingClientRect();
  return `width: ${width}px; height: ${height}px`;
}
