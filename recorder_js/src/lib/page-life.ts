/** When the page hides, leaves and comes back. Never `unload` or `beforeunload`: they cost the page its place in the back-forward cache. */
import { listen, undoAll } from "./listen";

export interface PageLife {
  onHidden: () => void; // or put to sleep
  onSeen: () => void; // again, or awake
  onLeave: () => void;
  onReturn: () => void; // out of the back-forward cache
}

export function followPageLife({ onHidden, onSeen, onLeave, onReturn }: PageLife): () => void {
  const undos = [
    listen(window, "pagehide", onLeave),
    listen<PageTransitionEvent>(window, "pageshow", (event) => event.persisted && onReturn()),
    listen(document, "visibilitychange", () => (document.visibilityState === "hidden" ? onHidden : onSeen)()),
    listen(document, "freeze", onHidden), // the browser may throw a frozen page away, and asks nobody
    listen(document, "resume", onSeen),
  ];
  return () => undoAll(undos);
}
