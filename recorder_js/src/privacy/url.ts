/** URLs keep where they lead and lose what they carry: user, query values, fragment. */
import { clip } from "../lib/clip";
import { LIMITS } from "../config";
import { maskText } from "./text";

const OPAQUE = /^(data|blob|javascript|mailto|tel|sms):/i;

const IN_TEXT = /\b[a-z][a-z\d+.-]*:\/\/[^\s"'<>()]+?(?=(?::\d+){0,2}(?:[\s"'<>(),]|$))/gi; // a stack's line and column stay

function scrubQuery(query: string): string {
  return query
    .split("&")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? maskText(pair) : `${maskText(pair.slice(0, at))}=*`;
    })
    .join("&");
}

export function scrubUrl(url: string): string {
  const opaque = OPAQUE.exec(url);
  if (opaque) return opaque[0];
  const hashAt = url.indexOf("#");
  const beforeHash = hashAt < 0 ? url : url.slice(0, hashAt);
  const queryAt = beforeHash.indexOf("?");
  const path = queryAt < 0 ? beforeHash : beforeHash.slice(0, queryAt);
  const shown =
    maskText(path.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/@]*@/i, "$1//")) +
    (queryAt < 0 ? "" : `?${scrubQuery(beforeHash.slice(queryAt + 1))}`) +
    (hashAt < 0 || hashAt === url.length - 1 ? "" : "#*");
  return clip(shown, LIMITS.urlChars);
}

/** Text that code says (console, errors, properties, names): the addresses in it are scrubbed, then patterns masked. */
export function maskSaid(text: string): string {
  return maskText(text.includes("://") ? text.replace(IN_TEXT, scrubUrl) : text);
}
