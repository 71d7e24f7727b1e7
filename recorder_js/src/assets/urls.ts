/** The addresses in what is recorded: of fonts and of images. */
export type Found = (url: string, isFont: boolean) => void;

const FACE = /@font-face\s*\{[^}]*\}/g;
const CALL = /url\(\s*\\?["']?([^"'()\s\\]+)/g;
const HREF = /^(href|xlink:href)$/;

function inCss(css: string, isFont: boolean, found: Found): void {
  for (const [, url] of css.matchAll(CALL)) found(url as string, isFont);
}

/** Find those in CSS, also where it stands inside JSON. */
export function findInCss(css: string, found: Found): void {
  if (!css.includes("url(")) return;
  for (const [face] of css.matchAll(FACE)) inCss(face, true, found);
  inCss(css.replace(FACE, ""), false, found);
}

/** Find those in an element's attributes. */
export function findInElement(tag: string, attributes: Record<string, unknown>, found: Found): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== "string") continue;
    if (name === "style" || name === "_cssText") findInCss(value, found);
    else if ((name === "src" && /^(img|input)$/.test(tag)) || name === "poster" || name === "background" || (tag === "image" && HREF.test(name))) found(value, false);
    else if (name === "srcset") for (const each of value.split(/,\s+|,$/)) found(each.trim().split(/\s/)[0] as string, false);
  }
}
