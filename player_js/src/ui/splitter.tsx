/** The edge between stage and inspector: dragged, or moved with the arrows, and remembered. A double click gives it back to the style sheet. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { words } from "../strings";
import { recallNumber, remember } from "./memory";

const LEAST_PX = 320;
const MOST_PART = 0.7; // of the player: the stage keeps the rest
const STEP_PX = 24;

/** What the viewer chose last; null is what the style sheet says. */
export function recallWidth(): number | null {
  return recallNumber("panel", LEAST_PX, 4_000);
}

export function Splitter({ widthPx }: { widthPx: Signal<number | null> }): JSX.Element {
  function bounds(element: HTMLElement): { now: number; right: number; most: number } {
    const panel = element.parentElement?.getBoundingClientRect();
    const body = element.closest(".ph-body")?.getBoundingClientRect();
    return { now: panel?.width ?? LEAST_PX, right: panel?.right ?? 0, most: Math.max(LEAST_PX, (body?.width ?? 0) * MOST_PART) };
  }
  function set(px: number, most: number): void {
    widthPx.value = Math.round(Math.min(most, Math.max(LEAST_PX, px)));
    remember("panel", String(widthPx.value));
  }
  function reset(): void {
    widthPx.value = null;
    remember("panel", "");
  }
  function drag(event: JSX.TargetedPointerEvent<HTMLDivElement>): void {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const { right, most } = bounds(event.currentTarget);
    set(right - event.clientX, most);
  }
  function key(event: JSX.TargetedKeyboardEvent<HTMLDivElement>): void {
    const by = { ArrowLeft: STEP_PX, ArrowRight: -STEP_PX }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { now, most } = bounds(event.currentTarget);
    set(now + by, most);
  }
  return (
    <div
      class="ph-split"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={words.panelWidth}
      aria-valuemin={LEAST_PX}
      aria-valuenow={widthPx.value ?? LEAST_PX}
      aria-valuetext={widthPx.value === null ? words.panelWidthOwn : `${widthPx.value} px`}
      title={words.panelWidth}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={key}
      onDblClick={reset}
    />
  );
}
