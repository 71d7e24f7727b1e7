import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, expect, it } from "vitest";
import { recallWidth, Splitter } from "../../src/ui/splitter";

afterEach(() => {
  localStorage.clear();
  document.body.replaceChildren();
});

function show(): { widthPx: ReturnType<typeof signal<number | null>>; handle: HTMLElement } {
  const widthPx = signal<number | null>(null);
  const body = document.createElement("div");
  body.className = "ph-body";
  body.getBoundingClientRect = () => ({ width: 1_000, right: 1_000 }) as DOMRect;
  document.body.append(body);
  const panel = document.createElement("aside");
  panel.getBoundingClientRect = () => ({ width: widthPx.value ?? 400, right: 1_000 }) as DOMRect;
  body.append(panel);
  render(<Splitter widthPx={widthPx} />, panel);
  return { widthPx, handle: panel.firstElementChild as HTMLElement };
}

const press = (handle: HTMLElement, key: string, times = 1): void => {
  for (let turn = 0; turn < times; turn += 1) handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
};

it("moves with the arrows, leaves both sides room, and is remembered", () => {
  const { widthPx, handle } = show();
  press(handle, "ArrowLeft");
  expect([widthPx.value, recallWidth()]).toEqual([424, 424]);
  press(handle, "ArrowLeft", 50);
  expect(widthPx.value).toBe(700);
  press(handle, "ArrowRight", 50);
  expect(widthPx.value).toBe(320);
});

it("is given back to the style sheet by a double click", () => {
  const { widthPx, handle } = show();
  press(handle, "ArrowLeft");
  handle.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
  expect([widthPx.value, recallWidth()]).toEqual([null, null]);
});

it("takes no width from the store that no window has", () => {
  for (const held of ["-5", "NaN", "1e9", "wide"]) {
    localStorage.setItem("playhead:panel", held);
    expect(recallWidth()).toBeNull();
  }
});
