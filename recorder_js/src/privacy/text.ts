/** Text that looks like an e-mail address, a card number or a token is masked: its characters go, its shape stays. */
import { isCardNumber } from "./card";

/** Most text can hold none of the patterns; this says so quickly. */
const MAY_MATCH = /@|\d[\d -]{11}|[\w+/=-]{20}|bearer|%40/i;

const EMAIL = /[^\s@<>()[\]"',;:=&?/]{1,64}(?:@|%40)[^\s@<>()[\]"',;:=&?/]{1,190}\.[a-z]{2,24}/gi;
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const JWT = /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g;
const KEY = /\b[a-z]{2,12}[-_](?:live|test|prod|secret|pat)[-_]\w{8,}|\b(?:gh[pousr]|xox[abprs]|glpat|AKIA)[-_]?\w{10,}/gi;
const LONG = /[\w+/-]{32,}={0,2}/g;

export function shapeOf(text: string): string {
  return text.replace(/[^\s]/g, "*");
}

/** Hex, or letters of both cases with digits: chance made it, no person did. Paths and words with dashes stay. */
function looksRandom(text: string): boolean {
  if (/^[0-9a-f]+$/i.test(text)) return /\d/.test(text);
  const letters = text.replace(/[^A-Za-z0-9]/g, "");
  if (letters.length < 24 || text.split(/[-/_]/).every((piece) => piece.length < 16)) return false;
  return /\d/.test(letters) && /[a-z]/.test(letters) && /[A-Z]/.test(letters);
}

export function maskText(text: string): string {
  if (text.length < 5 || !MAY_MATCH.test(text)) return text;
  return maskSecrets(text.replace(EMAIL, shapeOf));
}

/** Cards and tokens only: for what the customer says about a person on purpose. */
export function maskSecrets(text: string): string {
  return text
    .replace(CARD, (run) => (isCardNumber(run) ? shapeOf(run) : run))
    .replace(BEARER, (run, scheme: string) => scheme + shapeOf(run.slice(scheme.length)))
    .replace(JWT, shapeOf)
    .replace(KEY, shapeOf)
    .replace(LONG, (run) => (looksRandom(run) ? shapeOf(run) : run));
}
