/** Joins capture → buffer → transport; lifecycle only. */
import { createActivity } from "./capture/activity";
import { watchConsole } from "./capture/console";
import type { CaptureContext, Undo } from "./capture/context";
import { createDomCapture } from "./capture/dom";
import { watchErrors } from "./capture/errors";
import { watchInteractions } from "./capture/interactions";
import { watchNavigation } from "./capture/navigation";
import { watchNetwork } from "./capture/network";
import { watchResources } from "./capture/resources";
import { watchVisibility } from "./capture/visibility";
import { LIMITS, type Config } from "./config";
import { createEncoder } from "./encode";
import { guard } from "./lib/guard";
import { listen, undoAll } from "./lib/listen";
import type { Signals } from "./lib/signals";
import { createSessionKeeper } from "./session/session";
import { openStream, type Stream } from "./stream";
import type { Store } from "./lib/storage";
import type { VisitorKeeper } from "./session/visitor";
import { takeWindowId } from "./session/window";
import type { Effect } from "./wire/connection";
import type { LogBody } from "./wire/events";

export interface Recorder {
  start(): void;
  stop(): void;
  log(body: LogBody): void;
  /** Begin a new session now, for somebody else. */
  renew(): void;
  /** The session, and the stream if one runs; both at this instant. */
  place(): { session: string; stream: string | null; toStreamMs: (epochMs: number) => number };
}

export interface RecorderParts {
  config: Config;
  signals: Signals;
  visitor: VisitorKeeper;
  local: Store;
  tab: Store;
  onStream: () => void; // a stream began: time to say what every stream should know
}

const CHECK_MS = 10_000; // how often an untouched page asks whether its session is over

export function createRecorder({ config, signals, visitor, local, tab, onStream }: RecorderParts): Recorder {
  const sessions = createSessionKeeper(local, `playhead_session_${config.project}`, LIMITS);
  const windowId = takeWindowId(tab, `playhead_window_${config.project}`);
  const encode = createEncoder(config.worker);
  const pageFetch = window.fetch.bind(window);
  const activity = createActivity();
  const dom = createDomCapture();
  const ending = new Set<Stream>();
  const lifeUndos: Undo[] = []; // from start() to stop()
  const captureUndos: Undo[] = []; // from one stream to the next
  let stream: Stream | null = null;
  let isRunning = false;
  let isRefused = false;
  let isFirst = true;

  const watches = [watchConsole, watchErrors, watchNetwork, watchNavigation, watchInteractions, watchVisibility, watchResources, dom.start];

  function onEffect(of: () => Stream | null, effect: Effect): void {
    const isCurrent = of() === stream;
    if (effect.do === "snapshot" && isCurrent) setTimeout(guard(dom.snapshot), 0);
    if (effect.do === "new_stream" && isCurrent) begin();
    if (effect.do === "new_session" && isCurrent) renew();
    if (effect.do === "stop") {
      isRefused = true;
      halt();
      signals.emit("stopped", { code: effect.code, message: effect.message });
      console.warn(`[playhead] not recording: ${effect.message} (${effect.code})`);
    }
    if (effect.do === "finished" || effect.do === "stop") ending.delete(of() as Stream);
  }

  /** Leave the stream that runs, if one does, and begin another in the session of now. */
  function begin(): void {
    endStream();
    const session = sessions.current(Date.now());
    const mine: Stream = openStream({
      config,
      session,
      windowId: windowId.id,
      distinctId: () => visitor.current().distinctId,
      encode,
      fetch: pageFetch,
      beforeCut: activity.take,
      onEffect: (effect) => onEffect(() => mine, effect),
      onState: (state) => signals.emit("connection", { state }),
    });
    stream = mine;
    const context: CaptureContext = {
      rules: config,
      isFirst,
      now: mine.clock.now,
      fromMono: mine.clock.fromMono,
      log: mine.buffer.addLog,
      dom: mine.buffer.addDom,
      nodeId: dom.nodeId,
      isOwn: (url) => url.startsWith(`${config.host}/ingest/`) || url.startsWith(`${config.host}/recorder.`),
    };
    isFirst = false;
    for (const watch of watches) captureUndos.push(guard(watch)(context) ?? (() => undefined));
    guard(onStream)();
    signals.emit("session", { sessionId: session.id });
  }

  function endStream(): void {
    undoAll(captureUndos);
    if (!stream) return;
    ending.add(stream);
    stream.end();
    stream = null;
  }

  /** A person did something: prolong the session, or follow it into the next. */
  function onSign(): void {
    if (sessions.touch(Date.now()).id !== stream?.session.id) begin();
  }

  /** Nobody is here any more: the session rests where it ended, and the next sign of life begins another. */
  function check(): void {
    if (stream && sessions.isOver(Date.now())) endStream();
  }

  function renew(): void {
    sessions.renew(Date.now());
    if (isRunning) begin();
  }

  function leave(): void {
    windowId.putBack();
    stream?.buffer.addLog({ type: "state", name: "leaving" });
    for (const one of [...ending, stream]) one?.leave();
  }

  function comeBack(event: PageTransitionEvent): void {
    if (!event.persisted) return;
    windowId.take();
    stream?.buffer.addLog({ type: "state", name: "resumed" });
    for (const one of [...ending, stream]) one?.comeBack();
  }

  function halt(): void {
    isRunning = false;
    undoAll(lifeUndos);
    endStream();
  }

  return {
    start() {
      if (isRunning || isRefused) return;
      isRunning = true;
      const timer = setInterval(guard(check), CHECK_MS);
      lifeUndos.push(
        () => clearInterval(timer),
        listen(window, "pagehide", leave),
        listen(window, "pageshow", comeBack),
        listen(document, "visibilitychange", () => document.visibilityState === "hidden" && stream?.flush(true)),
        activity.start(onSign),
      );
      begin();
    },
    stop: halt,
    renew,
    log: (body) => stream?.buffer.addLog(body),
    place: () => ({
      session: stream?.session.id ?? sessions.current(Date.now()).id,
      stream: stream?.id ?? null,
      toStreamMs: stream?.clock.fromWall ?? ((epochMs) => epochMs),
    }),
  };
}
