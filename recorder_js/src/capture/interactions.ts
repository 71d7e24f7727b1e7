/** Clicks, rage clicks and submits, each with the element in readable words. */
import { LIMITS } from "../config";
import { listen, undoAll } from "../lib/listen";
import { actorOf, describeElement, isBlocked } from "../privacy/element";
import type { Capture } from "./context";

interface Click {
  x: number;
  y: number;
  t: number;
}

/** Count a click into a run of near and quick ones; pure. */
export function joinRun(run: readonly Click[], click: Click): Click[] {
  const isNear = (other: Click): boolean =>
    click.t - other.t <= LIMITS.rageMs && Math.hypot(click.x - other.x, click.y - other.y) <= LIMITS.ragePixels;
  return [...run.filter(isNear), click];
}

/** The element under the pointer, also inside open shadow roots. */
function targetOf(event: Event): Element | null {
  const target = event.composedPath?.()[0] ?? event.target;
  return target instanceof Element ? target : null;
}

export const watchInteractions: Capture = (context) => {
  let run: Click[] = [];

  function onClick(event: MouseEvent): void {
    const target = targetOf(event);
    if (!target || isBlocked(target, context.rules)) return;
    const isByKey = event.detail === 0; // Enter on a button, or code: no place on the screen
    const actor = actorOf(target);
    const click = { x: Math.round(event.clientX), y: Math.round(event.clientY), t: context.now() };
    const what = { element: describeElement(actor, context.rules), x: click.x, y: click.y, node: context.nodeId(actor) };
    context.log({ type: "click", ...what }, click.t);
    if (isByKey) return;
    run = joinRun(run, click);
    if (run.length === LIMITS.rageClicks) context.log({ type: "rage_click", ...what, count: run.length }, click.t);
  }

  function onSubmit(event: Event): void {
    const form = targetOf(event);
    if (!form || isBlocked(form, context.rules)) return;
    context.log({ type: "submit", element: describeElement(form, context.rules), node: context.nodeId(form) });
  }

  const undos = [listen<MouseEvent>(window, "click", onClick), listen(window, "submit", onSubmit)];
  return () => undoAll(undos);
};
