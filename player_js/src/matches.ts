/** Finding what was typed, and showing where. Pure. */

const MOST_CHARS = 200; // of what is typed
const MOST_MATCHES = 50; // that are shown in one text

/** Return a test for what was typed, without case; null when nothing was. */
export function matcher(search: string): RegExp | null {
  const wanted = search.trim().slice(0, MOST_CHARS);
  return wanted === "" ? null : new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
}

export interface Part {
  text: string;
  isMatch: boolean;
}

/** Return a text in parts, those that match marked. */
export function partsOf(text: string, match: RegExp | null): Part[] {
  if (!match || text === "") return [{ text, isMatch: false }];
  const parts: Part[] = [];
  let end = 0;
  match.lastIndex = 0;
  for (let count = 0; count < MOST_MATCHES; count += 1) {
    const found = match.exec(text);
    if (!found || found[0] === "") break;
    if (found.index > end) parts.push({ text: text.slice(end, found.index), isMatch: false });
    parts.push({ text: found[0], isMatch: true });
    end = match.lastIndex;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isMatch: false });
  return parts;
}

export function hasMatch(text: string, match: RegExp): boolean {
  match.lastIndex = 0;
  return match.test(text);
}
