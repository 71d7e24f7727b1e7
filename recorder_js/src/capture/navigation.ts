/** Where the person is: the load, and what the page's code does to the address after it. */
import { LIMITS } from "../config";
import { clip } from "../lib/clip";
import { guard } from "../lib/guard";
import { listen, undoAll } from "../lib/listen";
import { patch } from "../lib/patch";
import { maskText } from "../privacy/text";
import { scrubUrl } from "../privacy/url";
import type { Capture } from "./context";

type How = "load" | "push" | "replace" | "pop" | "hash";

export const watchNavigation: Capture = (context) => {
  let lastHref = "";
  const report = guard((how: How) => {
    if (location.href === lastHref) return;
    lastHref = location.href;
    const title = clip(maskText(document.title), LIMITS.textChars);
    context.log({ type: "navigation", url: scrubUrl(lastHref), title, how });
  });
  const after = (how: How) => (original: (...args: unknown[]) => unknown) =>
    function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args);
      report(how);
      return result;
    };
  report("load");
  const undos = [
    patch(history, "pushState", after("push")),
    patch(history, "replaceState", after("replace")),
    listen(window, "popstate", () => report("pop")),
    listen(window, "hashchange", () => report("hash")),
  ];
  return () => undoAll(undos);
};
