/** Disarm CSS: whatever would load becomes empty; what draws from the page itself or from its own bytes stays. */

import { Assets } from "./assets";

const NOTHING_KEPT = new Assets();
const EMPTY = 'url("data:,")';
const URL_CALL = /url\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)]*)\)/gi;
/** Of a font: an empty address is a font that does not decode, which the browser complains of; no local font is called "". */
const NO_FONT = 'local("")';
const FONT_FACE = /@font-face\s*\{[^}]*\}/gi;
const FONT_SOURCE = new RegExp(`${URL_CALL.source}(?:\\s*(?:format|tech)\\([^)]*\\))*`, "gi");
const IMPORT = /@import\b(?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*;?/gi;
/** Functions that take an address as a plain string. An unknown name makes the declaration void. */
const STRING_CALLS = /(?<![\w-])(-webkit-image-set|image-set|src|image)\(/gi;

/** Return `css` without one address that leads out of the document; what is kept here has its address here. */
export function cleanCss(css: string, assets: Assets = NOTHING_KEPT): string {
  const placed = (argument: string): string | null => {
    const address = addressIn(argument);
    if (isOwn(address) || assets.isPlace(address)) return `url(${argument})`;
    const place = assets.place(address);
    return place && `url("${place}")`;
  };
  return plainLetters(css)
    .replace(IMPORT, "")
    .replace(FONT_FACE, (rule) =>
      rule.replace(FONT_SOURCE, (source, argument: string) => {
        const call = placed(argument);
        return call === null ? NO_FONT : call + source.slice(source.indexOf(argument) + argument.length + 1);
      }),
    )
    .replace(URL_CALL, (_, argument: string) => placed(argument) ?? EMPTY)
    .replace(STRING_CALLS, "playhead-none(");
}

const addressIn = (argument: string): string => argument.trim().replace(/^["']|["']$/g, "").trim();

function isOwn(address: string): boolean {
  return address.startsWith("#") || /^data:(?!text\/html|image\/svg)/i.test(address) || /^data:image\/svg\+xml/i.test(address);
}

/** Spell escaped letters plainly (`\75rl(` is `url(`); a letter means the same either way. */
function plainLetters(css: string): string {
  if (!css.includes("\\")) return css;
  return css
    .replace(/\\0{0,4}([46][1-9a-f]|[57][0-9a])(?:[ \t\n\f]|(?![0-9a-f]))/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/\\([g-z])/gi, "$1");
}
