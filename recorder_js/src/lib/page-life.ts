/** When the page hides, leaves and comes back. Never `unload` or `beforeunload`: they cost the page its place in the back-forward cache. */
import { listen, undoAll } from "./listen";

export interface PageLife {
  onHidden: () => void;
  onLeave: () => void;
  onReturn: () => void; // out of the back-forward cache
}

export function followPageLife({ onHidden, onLeave, onReturn }: PageLife): () => void {
  const undos = [
    listen(window, "pagehide", onLeave),
    listen<PageTransitionEvent>(window, "pageshow", (event) => event.persisted && onReturn()),
    listen(document, "visibilitychange", () => document.visibilityState === "hidden" && onHidden()),
    listen(document, "freeze", onHidden), // the browser may throw a frozen page away, and asks nobody
  ];
  return () => undoAll(undos);
}
