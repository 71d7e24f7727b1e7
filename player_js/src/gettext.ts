/**
 * Words in the viewer's language: the server puts its catalog into the page (`#player-catalog`), English needs none.
 *
 * Call `gettext` and `ngettext` with plain strings only: `makemessages -d djangojs` reads them from the source.
 */

interface Catalog {
  /** By English text; for those that count, all forms in gettext's order. */
  messages: Record<string, string | string[]>;
  /** The form for each count from 0 to 199, worked out by the server: nothing is evaluated here. */
  plurals: number[] | null;
}

let catalog: Catalog | null = null;

function read(): Catalog {
  const none: Catalog = { messages: {}, plurals: null };
  try {
    return { ...none, ...(JSON.parse(document.getElementById("player-catalog")?.textContent ?? "{}") as Partial<Catalog>) };
  } catch {
    return none;
  }
}

function look(text: string): string | string[] | undefined {
  catalog ??= read();
  return Object.hasOwn(catalog.messages, text) ? catalog.messages[text] : undefined;
}

export function gettext(text: string): string {
  const found = look(text);
  return (typeof found === "string" ? found : found?.[0]) || text;
}

export function ngettext(one: string, many: string, count: number): string {
  const found = look(one);
  const last = count < 200 ? count : 100 + (count % 100); // no language looks at more than the last two digits
  const form = Array.isArray(found) ? found[catalog?.plurals?.[last] ?? (count === 1 ? 0 : 1)] : undefined;
  return form || (count === 1 ? one : many);
}

/** Put values where the text says `%(name)s`. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}
