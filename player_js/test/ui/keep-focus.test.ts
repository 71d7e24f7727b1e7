import { expect, it, vi } from "vitest";
import { keepFocus } from "../../src/ui/keep-focus";

it("gives the keyboard back when the stage takes it, and only then", () => {
  vi.useFakeTimers();
  const leave = (): void => {
    window.dispatchEvent(new Event("blur"));
    vi.runAllTimers();
  };
  const [button, frame] = [document.createElement("button"), document.createElement("iframe")];
  document.body.append(button, frame);
  const stop = keepFocus(frame);
  button.focus();
  const focus = vi.spyOn(button, "focus");
  leave();
  expect(focus).not.toHaveBeenCalled();
  vi.spyOn(document, "activeElement", "get").mockReturnValue(frame);
  leave();
  expect(focus).toHaveBeenCalledOnce();
  stop();
  leave();
  expect(focus).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
