/** A recorded request as a command for a POSIX shell. Pure. No header and no body is recorded, so none is there. */
import { text } from "./text";

/**
 * Quote a word so that no shell reads anything into it, whatever it holds.
 *
 * Inside single quotes only a single quote means something; lines and other controls have no place in an address, so they are left out:
 * a terminal acts on some of them even while one pastes.
 */
export function quote(word: string): string {
  const plain = text(word).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "");
  return `'${plain.replace(/'/g, "'\\''")}'`;
}

/** Return the command; null where there is no address that curl would fetch. */
export function asCurl({ method, url }: { method: unknown; url: unknown }): string | null {
  const address = text(url);
  if (!/^https?:\/\//i.test(address)) return null;
  const verb = text(method).toUpperCase();
  const way = verb === "GET" || !/^[A-Z]{1,20}$/.test(verb) ? [] : verb === "HEAD" ? ["--head"] : ["-X", verb];
  const plainly = /[[\]{}]/.test(address) ? ["--globoff"] : []; // brackets and braces stand for themselves
  return ["curl", ...way, ...plainly, quote(address)].join(" ");
}
