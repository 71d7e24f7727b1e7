/** Text that looks like an e-mail address, a card number or a token is masked: its characters go, its shape stays. */
import { isCardNumber } from "./card";

/** Most text can hold none of the patterns; this says so quickly. */
const MAY_MATCH = /@|\d[\d -]{11}|[\w+/=-]{20}|bearer|%40/i;

const EMAIL = /[^\s@<>()[\]"',;:=&?/]{1,64}(?:@|%40)[^\s@<>()[\]"',;:=&?/]{1,190}\.[a-z]{2,24}/gi;
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const JWT = /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g;
const KEY = /\b[a-z]{2,12}[-_](?:live|test|prod|secret|pat)[-_]\w{8,}|\b(?:gh[pousr]|xox[abprs]|glpat|AKIA)[-_]?\w{10,}/gi;
const LONG = /[\w+/-]{24,}={0,2}/g;

export function shapeOf(text: string): string {
  return text.replace(/[^\s]/g, "*");
}

const isMixed = (text: string): boolean => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);

/** Long hex, or digits and letters of both cases in one piece: chance made it. A UUID, a file's hash and words with dashes stay. */
function looksRandom(text: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(text)) return /\d/.test(text);
  const mixed = text.split(/[-_]/).filter(isMixed);
  return mixed.reduce((sum, piece) => sum + piece.length, 0) >= 16;
}

function maskRun(run: string): string {
  if (run.endsWith("=") && isMixed(run)) return shapeOf(run); // padded base64: its slashes belong to it
  return run.replace(/[^/]{24,}/g, (piece) => (looksRandom(piece) ? shapeOf(piece) : piece));
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
    .replace(LONG, maskRun);
}
