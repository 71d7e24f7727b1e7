/** How much the person does. The count goes out with each chunk; the first sign of life after idleness begins a new session. */
import { listen, undoAll } from "../lib/listen";
import type { LogBody } from "../wire/events";
import type { Undo } from "./context";

const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll", "touchstart", "wheel", "input"];
const MOVE_MS = 250; // a moving pointer counts this often at most

export interface Activity {
  start(onSign: () => void): Undo;
  /** What there was since the last take. */
  take(): LogBody[];
}

export function createActivity(): Activity {
  let count = 0;
  let movedAt = 0;
  return {
    start(onSign) {
      const onEvent = (event: Event): void => {
        if (event.type === "pointermove" || event.type === "scroll") {
          if (event.timeStamp - movedAt < MOVE_MS) return;
          movedAt = event.timeStamp;
        }
        count++;
        onSign();
      };
      const undos = SIGNS.map((sign) => listen(window, sign, onEvent));
      return () => undoAll(undos);
    },
    take() {
      if (count === 0) return [];
      const taken = count;
      count = 0;
      return [{ type: "activity", count: taken }];
    },
  };
}
