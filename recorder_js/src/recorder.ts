/** Joins captures → stream (buffer → numbering → transport); lifecycle only. */
import { createAssets } from "./assets/assets";
import { createActivity } from "./capture/activity";
import type { Undo } from "./capture/context";
import { createDomCapture } from "./capture/dom";
import { startCaptures } from "./captures";
import { LIMITS } from "./config";
import { createEncoder } from "./encode";
import { createLeftovers } from "./leftovers";
import { guard } from "./lib/guard";
import { undoAll } from "./lib/listen";
import { followPageLife } from "./lib/page-life";
import type { Recorder, RecorderParts } from "./parts";
import { createSessionKeeper } from "./session/session";
import { takeWindowId } from "./session/window";
import { openStream, type Stream } from "./stream";
import type { Effect } from "./wire/connection";

const CHECK_MS = 10_000; // how often an untouched page asks whether its session is over
const NO_WORKER = "playhead_no_worker";

export function createRecorder({ config, signals, visitor, local, tab, onStream }: RecorderParts): Recorder {
  const sessions = createSessionKeeper(local, `playhead_session_${config.project}`, LIMITS);
  const windowId = takeWindowId(tab, `playhead_window_${config.project}`);
  const encode = createEncoder({
    mayUseWorker: config.worker && tab.get(NO_WORKER) === null,
    onNoWorker: () => tab.set(NO_WORKER, "1"),
  });
  const pageFetch = window.fetch.bind(window); // from before capture/network watched it
  const activity = createActivity();
  const assets = createAssets({ config, fetch: pageFetch, encode, tab, onOff: () => setTimeout(guard(dom.snapshot), 0) });
  const dom = createDomCapture(assets);
  const ending = new Set<Stream>(); // their last chunks are on the way
  const undos: Undo[] = [];
  let stopCaptures: Undo = () => undefined;
  const own = new Set<string>();
  const leftovers = createLeftovers({
    host: config.host,
    own,
    fetch: pageFetch,
    onDegraded: (detail) => stream?.buffer.addLog({ type: "state", name: "degraded", detail }),
  });
  let stream: Stream | null = null;
  let last: Stream | null = null; // the one that runs, or ran
  let isRunning = false;
  let isRefused = false;
  let isFirst = true;

  function onEffect(from: Stream, effect: Effect): void {
    const isOver = effect.do === "finished" || (effect.do === "new_session" && from !== stream); // an old one's session is gone
    if (isOver) {
      ending.delete(from);
      own.delete(from.id);
    } else if (effect.do === "stop") refuse(effect.code, effect.message);
    else if (from !== stream) return;
    else if (effect.do === "acked") assets.open(from.session.id, from.hello, true);
    else if (effect.do === "snapshot") setTimeout(guard(dom.snapshot), 0);
    else if (effect.do === "new_stream") begin();
    else if (effect.do === "new_session") renew();
  }

  /** Leave the stream that runs, if one does, and begin another in the session of now. */
  function begin(): void {
    endStream();
    const mine: Stream = openStream({
      config,
      session: sessions.current(Date.now()),
      windowId: windowId.id,
      distinctId: () => visitor.current().distinctId,
      encode,
      fetch: pageFetch,
      spool: leftovers.spool,
      onSpoolFailed: leftovers.onFailed,
      own,
      beforeCut: activity.take,
      onEffect: (effect) => onEffect(mine, effect),
      onState(state) {
        if (state === "open") leftovers.hurry();
        signals.emit("connection", { state });
      },
    });
    stream = last = mine;
    own.add(mine.id);
    assets.open(mine.session.id, mine.hello, false);
    const { now, fromMono } = mine.clock;
    const isOwn = (url: string): boolean => url.startsWith(`${config.host}/ingest/`) || url.startsWith(`${config.host}/recorder.`);
    const { addLog: log, addDom } = mine.buffer;
    stopCaptures = startCaptures({ rules: config, isFirst, now, fromMono, log, dom: addDom, nodeId: dom.nodeId, isOwn }, dom.start);
    isFirst = false;
    guard(onStream)();
    signals.emit("session", { sessionId: mine.session.id });
  }

  function endStream(): void {
    stopCaptures();
    stopCaptures = () => undefined;
    if (!stream) return;
    const ended = stream;
    stream = null;
    ending.add(ended);
    ended.end();
  }

  function renew(): void {
    sessions.renew(Date.now());
    if (isRunning) begin();
  }

  function halt(): void {
    isRunning = false;
    undoAll(undos);
    stream?.buffer.addLog({ type: "state", name: "stopped" }); // so that there is a last chunk to say so
    endStream();
  }

  function refuse(code: string, message: string): void {
    if (isRefused) return;
    isRefused = true;
    halt();
    ending.clear();
    signals.emit("stopped", { code, message });
    console.warn(`[playhead] not recording: ${message} (${code})`);
  }

  /** A person did something: prolong the session, or follow it into the next. */
  function onSign(): void {
    if (sessions.touch(Date.now()).id !== stream?.session.id || hasJumped()) begin();
  }

  /** The machine slept, or somebody set its clock: one stream's times would be wrong before or after. */
  const hasJumped = (): boolean => stream !== null && Math.abs(stream.clock.drift()) > LIMITS.clockJumpMs;

  /** Nobody is here any more: the session rests where it ended, and the next sign of life begins another. */
  function check(): void {
    if (stream && sessions.isOver(Date.now())) endStream();
    else if (hasJumped()) begin();
  }

  const life = {
    onHidden() {
      assets.flush();
      for (const one of [...ending, stream]) one?.hide();
    },
    onSeen: check,
    onLeave() {
      windowId.putBack();
      assets.flush();
      assets.rest();
      stream?.buffer.addLog({ type: "state", name: "leaving" });
      for (const one of [...ending, stream]) one?.leave();
      leftovers.rest();
    },
    onReturn() {
      windowId.take();
      stream?.buffer.addLog({ type: "state", name: "resumed" });
      for (const one of [...ending, stream]) one?.comeBack();
      leftovers.start();
      assets.start();
      check();
    },
  };

  const start = guard((): void => {
    if (isRunning || isRefused) return;
    if ((document as { prerendering?: boolean }).prerendering) {
      document.addEventListener("prerenderingchange", start, { once: true }); // nobody sees this page yet, perhaps nobody will
      return;
    }
    isRunning = true;
    const timer = setInterval(guard(check), CHECK_MS);
    undos.push(() => clearInterval(timer), followPageLife(life), activity.start(onSign), leftovers.rest, assets.rest);
    leftovers.start();
    assets.start();
    begin();
  });

  return {
    start,
    stop: halt,
    renew,
    log: (body) => stream?.buffer.addLog(body),
    place() {
      const session = stream?.session.id ?? sessions.current(Date.now()).id;
      const there = last?.session.id === session ? last : null;
      return { session, stream: there?.id ?? null, toStreamMs: there?.clock.fromWall ?? ((epochMs) => epochMs) };
    },
  };
}
