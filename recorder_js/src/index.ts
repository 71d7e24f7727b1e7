/** The whole public API. docs/recorder.md has it in one table. */
import { readConfig, LIMITS, type Config, type InitOptions } from "./config";
import { clip } from "./lib/clip";
import { guard, listenForTrouble } from "./lib/guard";
import { createSignals } from "./lib/signals";
import { scriptOrigin } from "./lib/script-origin";
import { openStore } from "./lib/storage";
import { maskSecrets } from "./privacy/text";
import { maskSaid } from "./privacy/url";
import { toProperties, toText } from "./privacy/values";
import type { Recorder } from "./parts";
import { createRecorder } from "./recorder";
import { createVisitorKeeper, isUsableId, type VisitorKeeper } from "./session/visitor";
import type { LogBody, Properties } from "./wire/events";

export type { InitOptions };
export type Signal = "session" | "connection" | "stopped" | "trouble";

interface Running {
  config: Config;
  recorder: Recorder;
  visitor: VisitorKeeper;
  properties: Properties;
  identity: LogBody | null; // what identify() said last: a stream that begins later must know it too
}

const signals = createSignals();
let running: Running | null = null;

function say(sentence: string): void {
  console.warn(`[playhead] ${sentence}`);
}

function sayUnusable(call: string, id: unknown): void {
  say(`${call}() needs an id that stands for one person, not ${clip(toText(id), LIMITS.textChars)}`);
}

const MARK = Symbol.for("playhead"); // seen by another copy of this code: the tag beside the module, or two bundles

/** Begin. A second call does nothing: a page has one recorder. */
export const init = guard((options: InitOptions): void => {
  if (running) return;
  const config = readConfig(options, scriptOrigin());
  if (typeof config === "string") return say(config);
  const page = window as unknown as { [MARK]?: boolean };
  if (page[MARK]) return say("this page has a recorder already; this copy stays silent");
  page[MARK] = true;
  listenForTrouble((error) => signals.emit("trouble", { error }));
  const local = openStore(() => window.localStorage);
  const tab = openStore(() => window.sessionStorage);
  const visitor = createVisitorKeeper(local, `playhead_visitor_${config.project}`, Date.now);
  const onStream = (): void => {
    const { properties, identity } = running as Running;
    if (Object.keys(properties).length) recorder.log({ type: "properties", properties });
    if (identity) recorder.log(identity);
  };
  const recorder = createRecorder({ config, signals, visitor, local, tab, onStream });
  running = { config, recorder, visitor, properties: toProperties(config.properties), identity: null };
  if (config.autoStart) recorder.start();
});

/** Record (again). */
export const start = guard((): void => running?.recorder.start());

/** Stop recording and undo every change to the page. */
export const stop = guard((): void => running?.recorder.stop());

/** Say who the visitor is. Another person than before begins a new session. */
export const identify = guard((distinctId: string, properties?: Record<string, unknown>): void => {
  if (!running) return;
  const { visitor, recorder } = running;
  if (!isUsableId(distinctId)) return sayUnusable("identify", distinctId);
  const before = visitor.current();
  if (before.isIdentified && before.distinctId !== distinctId) reset();
  const { anonymousId } = visitor.current();
  visitor.identify(distinctId);
  running.identity = { type: "identify", distinct_id: distinctId, anonymous_id: anonymousId, properties: toProperties(properties, maskSecrets) };
  recorder.log(running.identity);
});

/** Say that this id is the same person. */
export const alias = guard((distinctId: string): void => {
  if (!running) return;
  if (!isUsableId(distinctId)) return sayUnusable("alias", distinctId);
  running.recorder.log({ type: "alias", distinct_id: running.visitor.current().distinctId, alias: distinctId });
});

/** Forget who the visitor is (say at sign-out): a new anonymous id and a new session. */
export const reset = guard((): void => {
  if (!running) return;
  running.identity = null;
  running.visitor.reset();
  running.recorder.renew();
});

/** Note an event of your own. */
export const capture = guard((name: string, properties?: Record<string, unknown>): void => {
  if (typeof name !== "string" || !name) return;
  running?.recorder.log({ type: "custom", name: clip(maskSaid(name), LIMITS.textChars), properties: toProperties(properties) });
});

/** Add properties to the session: release, environment, flags, variants. */
export const register = guard((properties: Record<string, unknown>): void => {
  if (!running) return;
  const added = toProperties(properties);
  Object.assign(running.properties, added);
  running.recorder.log({ type: "properties", properties: added });
});

/** The session's id; null before init(). */
export const sessionId = guard((): string | null => running?.recorder.place().session ?? null) as () => string | null;

/** A link to this session at a moment: "now" (the default), a Date, or epoch milliseconds. Null before init(). */
export const sessionUrl = guard((options?: { at?: "now" | Date | number }): string | null => {
  if (!running) return null;
  const { config, recorder } = running;
  const { session, stream, toStreamMs } = recorder.place();
  const at = options?.at instanceof Date ? options.at.getTime() : options?.at;
  const epochMs = typeof at === "number" && Number.isFinite(at) ? at : Date.now();
  const link = `${config.host}/s/${config.project}/${session}?at=${Math.round(toStreamMs(epochMs))}`;
  return stream ? `${link}&stream=${stream}` : link;
}) as (options?: { at?: "now" | Date | number }) => string | null;

/** Follow the recorder: returns the function that stops following. */
export const on = guard((signal: Signal, listener: (detail: unknown) => void): (() => void) => signals.on(signal, listener)) as (
  signal: Signal,
  listener: (detail: unknown) => void,
) => () => void;
