/** Whether the tab is seen. */
import { listen } from "../lib/listen";
import type { Capture } from "./context";

export const watchVisibility: Capture = (context) => {
  if (document.visibilityState === "hidden") context.log({ type: "state", name: "hidden" });
  return listen(document, "visibilitychange", () => context.log({ type: "state", name: document.visibilityState }));
};
