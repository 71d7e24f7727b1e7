/** What was given to the console, argument by argument, as its own formatting would show it. Pure; all of it is hostile. */
import { text } from "./text";

const PLACE = /%([csdifoO%])/g;

/** Return the arguments as texts: placeholders filled in, `%c` and its style taken out. */
export function consoleArgs({ args }: { args: unknown }): string[] {
  if (!Array.isArray(args)) return [];
  const [first, ...rest] = args.map(text);
  if (first === undefined) return [];
  let used = 0;
  const filled = first.replace(PLACE, (place: string, kind: string) => {
    if (kind === "%" || used >= rest.length) return kind === "%" && rest.length > 0 ? "%" : place;
    const value = rest[used++] ?? "";
    return kind === "c" ? "" : value;
  });
  return [filled, ...rest.slice(used)];
}
