/** The page itself, through rrweb; the only file that knows it. */
import { record } from "@rrweb/record";
import { CLASSES } from "../config";
import { closest } from "../lib/closest";
import { guard, reportTrouble } from "../lib/guard";
import { cleanDomEvent, type NodeLookup } from "../privacy/dom-event";
import { shapeOf } from "../privacy/text";
import type { DomEvent } from "../wire/events";
import type { CaptureContext, DomGate, Undo } from "./context";

const RESTARTS = 5;
const RESTART_MS = 2_000; // a page that breaks the snapshot now may be whole a moment later
const PASSWORD_MASK = "********"; // says nothing about the length

const IMPORTS_MS = 50; // a sheet whose @import is still on its way reads as none, and rrweb does not look again
const IMPORTS_TRIES = 20;

export interface DomCapture {
  start(context: CaptureContext): Undo;
  snapshot(): void;
  nodeId(node: Node): number;
}

const lookUp = (maskSelector: string, see: NodeLookup["see"]): NodeLookup => ({
  see,
  tagOf: (id) => record.mirror.getNode(id)?.nodeName.toLowerCase() ?? "",
  attributeOf: (id, name) => (record.mirror.getNode(id) as Element | null)?.getAttribute?.(name) ?? "",
  parentTagOf: (id) => record.mirror.getNode(id)?.parentNode?.nodeName.toLowerCase() ?? "",
  isMasked(id) {
    const node = record.mirror.getNode(id);
    return node !== null && closest(node, maskSelector) !== null;
  },
  masksItself(id) {
    const node = record.mirror.getNode(id) as Element | null;
    return node?.matches?.(maskSelector) ?? false;
  },
});

function waitsForImport({ sheet }: HTMLLinkElement): boolean {
  try {
    return Array.from((sheet as CSSStyleSheet).cssRules).some((rule) => "styleSheet" in rule && !rule.styleSheet);
  } catch {
    return false; // not here yet, which rrweb waits for, or of another origin
  }
}

/** rrweb wraps some natives; what those throw belongs to the page and must reach it, rrweb's own errors must not. */
function isOurs(error: unknown): boolean {
  const isNative = error instanceof DOMException || (error instanceof TypeError && /failed to execute|invalid/i.test(error.message));
  if (!isNative) reportTrouble(error);
  return !isNative;
}

export function createDomCapture(gate: DomGate): DomCapture {
  let stop: Undo | null = null;
  let context: CaptureContext | null = null;
  let nodes: NodeLookup | null = null;
  let restarts = 0;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const emit = guard((event: unknown) => {
    const clean = event as DomEvent;
    if (!context || !nodes) return;
    clean.timestamp = Math.floor(context.now()); // as rrweb has it; digits of a microsecond would be a third of a small event
    cleanDomEvent(clean, nodes);
    gate.pass(clean, context.dom);
  });

  function begin(): void {
    if (!context) return;
    if (tries++ < IMPORTS_TRIES && Array.from(document.querySelectorAll<HTMLLinkElement>("link,style")).some(waitsForImport)) {
      timer = setTimeout(guard(begin), IMPORTS_MS);
      return;
    }
    const { rules } = context;
    stop =
      record({
        emit,
        errorHandler: isOurs,
        recordAfter: "DOMContentLoaded",
        blockClass: CLASSES.block,
        blockSelector: rules.blockSelector ?? undefined,
        ignoreClass: CLASSES.ignore,
        ignoreSelector: rules.ignoreSelector ?? undefined,
        maskTextClass: CLASSES.mask,
        maskTextSelector: rules.maskSelector,
        maskTextFn: shapeOf,
        maskAllInputs: true,
        maskInputFn: (text, element) => (element?.getAttribute("type") === "password" ? text && PASSWORD_MASK : shapeOf(text)),
        slimDOMOptions: true,
        inlineStylesheet: true,
        collectFonts: true,
        sampling: { mousemove: 50, mousemoveCallback: 500, scroll: 100, input: "last" },
      }) ?? null;
    if (!stop) again(); // rrweb says so in the console and gives nothing back when its first snapshot throws
  }

  function again(): void {
    stop?.();
    stop = null;
    clearTimeout(timer);
    if (restarts++ < RESTARTS) timer = setTimeout(guard(begin), RESTART_MS);
    else context?.log({ type: "state", name: "degraded", detail: "the page cannot be snapshotted" });
  }

  return {
    nodeId: (node) => record.mirror.getId(node),
    start(given) {
      context = given;
      nodes = lookUp(given.rules.maskSelector, gate.see);
      restarts = tries = 0;
      const isReady = document.readyState !== "loading";
      const whenReady = guard(begin);
      if (isReady) begin();
      else document.addEventListener("DOMContentLoaded", whenReady, { once: true });
      return () => {
        document.removeEventListener("DOMContentLoaded", whenReady);
        clearTimeout(timer);
        stop?.();
        gate.flush();
        stop = context = null;
      };
    },
    snapshot() {
      if (!stop) return;
      try {
        record.takeFullSnapshot(true);
      } catch (error) {
        reportTrouble(error); // it stays locked, and silent: only a new start wakes it
        again();
      }
    },
  };
}
