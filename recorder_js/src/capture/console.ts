/** What the page says in the console: all levels, bounded, masked. */
import { LIMITS } from "../config";
import { clip } from "../lib/clip";
import { guard } from "../lib/guard";
import { undoAll } from "../lib/listen";
import { patch } from "../lib/patch";
import { maskSaid } from "../privacy/url";
import { toText } from "../privacy/values";
import type { ConsoleLevel } from "../wire/events";
import type { Capture } from "./context";

const LEVELS: ConsoleLevel[] = ["log", "info", "warn", "error", "debug"];

const OWN_FRAMES = 5; // from stackHere up to the patched method

/** Where a warning or an error was said: the stack without our own frames, which all name one script. */
function stackHere(): string {
  const lines = (new Error().stack ?? "").split("\n").filter((line) => /:\d+:\d+/.test(line));
  const own = /[^\s(@]+(?=:\d+:\d+)/.exec(lines[0] ?? "")?.[0] ?? "";
  const theirs = lines.filter((line, index) => index >= OWN_FRAMES || !line.includes(own));
  return clip(maskSaid(theirs.slice(0, 10).join("\n")), LIMITS.stackChars);
}

export const watchConsole: Capture = (context) => {
  const rate = context.rate("console");
  let isInside = false; // describing a value may make the page log

  const say = guard((level: ConsoleLevel, values: unknown[]) => {
    if (isInside || !rate.allows()) return;
    isInside = true;
    try {
      const args = values.slice(0, LIMITS.consoleArgs).map((value) => toText(value));
      const isTrouble = level === "error" || level === "warn";
      context.log({ type: "console", level, args, ...(isTrouble && { stack: stackHere() }) });
    } finally {
      isInside = false;
    }
  });

  const undos = LEVELS.map((level) =>
    patch(console, level, (original) => function (this: unknown, ...values: unknown[]) {
      say(level, values);
      return original.apply(this, values);
    }),
  );
  undos.push(
    patch(console, "assert", (original) => function (this: unknown, isTrue: unknown, ...values: unknown[]) {
      if (!isTrue) say("error", ["Assertion failed:", ...values]);
      return original.call(this, isTrue, ...values);
    }),
  );
  return () => undoAll(undos);
};
