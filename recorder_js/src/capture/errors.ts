/** Uncaught errors and unhandled rejections. */
import { LIMITS } from "../config";
import { clip } from "../lib/clip";
import { listen, undoAll } from "../lib/listen";
import { maskSaid, scrubUrl } from "../privacy/url";
import { toText } from "../privacy/values";
import type { Capture } from "./context";

function partsOf(thrown: unknown, fallback: string): { name: string; message: string; stack?: string } {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: thrown === undefined || thrown === null ? fallback : toText(thrown) };
  }
  const stack = thrown.stack && clip(maskSaid(thrown.stack), LIMITS.stackChars);
  return {
    name: clip(maskSaid(String(thrown.name)), LIMITS.textChars),
    message: clip(maskSaid(String(thrown.message)), LIMITS.messageChars),
    ...(stack && { stack }),
  };
}

export const watchErrors: Capture = (context) => {
  const rate = context.rate("error");
  const undos = [
    listen<ErrorEvent>(window, "error", (event) => {
      if (event.target instanceof Node || !rate.allows()) return; // an image that does not load is the network's story
      context.log({
        type: "error",
        how: "exception",
        ...partsOf(event.error, clip(maskSaid(event.message || "Script error."), LIMITS.messageChars)),
        ...(event.filename && { source: scrubUrl(event.filename) }),
        ...(event.lineno && { line: event.lineno, column: event.colno }),
      });
    }),
    listen<PromiseRejectionEvent>(window, "unhandledrejection", (event) => {
      if (rate.allows()) context.log({ type: "error", how: "rejection", ...partsOf(event.reason, "Unhandled rejection") });
    }),
  ];
  return () => undoAll(undos);
};
