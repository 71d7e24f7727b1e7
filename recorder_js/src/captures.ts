/** All that is watched, in the order in which it starts; the undo runs in reverse. */
import { watchConsole } from "./capture/console";
import type { Capture, CaptureContext, Undo } from "./capture/context";
import { watchErrors } from "./capture/errors";
import { watchInteractions } from "./capture/interactions";
import { watchNavigation } from "./capture/navigation";
import { watchNetwork } from "./capture/network";
import { watchResources } from "./capture/resources";
import { watchVisibility } from "./capture/visibility";
import { LIMITS } from "./config";
import { guard } from "./lib/guard";
import { undoAll } from "./lib/listen";
import { createRate } from "./lib/rate";

const LOG_CAPTURES: readonly Capture[] = [
  watchConsole,
  watchErrors,
  watchNetwork,
  watchNavigation,
  watchInteractions,
  watchVisibility,
  watchResources,
];

/** Start every capture, each on its own: one that this browser cannot do costs the others nothing. */
export function startCaptures(parts: Omit<CaptureContext, "rate">, dom: Capture): Undo {
  const tell = (what: string, count: number): void => parts.log({ type: "gap", reason: "throttled", body: "log", detail: `${what}: ${count} in a second` });
  const context: CaptureContext = { ...parts, rate: (what) => createRate(LIMITS.logPerSecond, parts.now, (count) => tell(what, count)) };
  const undos = [...LOG_CAPTURES, dom].map((start) => guard(start)(context) ?? (() => undefined));
  return () => undoAll(undos);
}
