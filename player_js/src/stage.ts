/**
 * The stage document: rebuilds recorded pages, and nothing else. It holds no cookie, fetches nothing and may run only this file.
 * Bytes and times come from the app page by message, from the origins that the server named; frames shown are answered.
 */
import { Assets } from "./stage/assets";
import { Pages } from "./stage/pages";
import { isMessage, type FromStage, type ToStage } from "./stage-messages";

const appOrigins = new Set((document.documentElement.dataset.appOrigins ?? "").split(" ").filter(Boolean));
const HIDDEN_MS = 250;
const root = document.getElementById("stage");
let app: { window: WindowProxy; origin: string } | null = null;

function say(message: FromStage): void {
  app?.window.postMessage(message, app.origin);
}

/** Call once what was built is on the screen. A hidden tab paints nothing and does not keep anybody waiting. */
function afterPaint(call: () => void): void {
  const timer = setTimeout(call, HIDDEN_MS);
  requestAnimationFrame(() => {
    clearTimeout(timer);
    setTimeout(call);
  });
}

function start(pages: Pages, message: ToStage): void {
  switch (message.kind) {
    case "hello":
      return say({ kind: "ready" });
    case "assets":
      return pages.learn(message.sheets, message.places);
    case "units":
      return pages.add(message.stream, message.units);
    case "show": {
      const { id, stream, atMs, isPlaying, rate, isJump } = message;
      const shown = pages.show(stream, atMs, isPlaying, rate, isJump);
      const answer = (): void => say({ kind: "shown", id, stream, atMs, ...shown });
      return isJump ? afterPaint(answer) : answer();
    }
    default: {
      const unknown: never = message;
      return unknown;
    }
  }
}

if (root) {
  const pages = new Pages(root, new Assets(document.documentElement.dataset.assets), (stream, { width, height }) => say({ kind: "viewport", stream, width, height }));
  addEventListener("resize", () => pages.fit());
  addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent || !appOrigins.has(event.origin) || !isMessage(event.data)) return;
    app = { window: window.parent, origin: event.origin };
    start(pages, event.data as ToStage);
  });
}
