/** When the page hides, leaves and comes back. Never `unload` or `beforeunload`: they cost the page its place in the back-forward cache. */
import { listen, undoAll } from "./listen";

export interface PageLife {
  onHidden: () => void; // or put to sleep
  onSeen: () => void; // again, or awake
  onLeave: () => void;
  onReturn: () => void; // out of the back-forward cache
}

export function followPageLife({ onHidden, onSeen, onLeave, onReturn }: PageLife): () => void {
  let isGone = false; // what comes between pagehide and the cache begins nothing: its end would throw the page out again
  const whenHere = (run: () => void) => (): void => void (isGone || run());
  const undos = [
    listen(window, "pagehide", () => {
      isGone = true;
      onLeave();
    }),
    listen<PageTransitionEvent>(window, "pageshow", (event) => {
      isGone = false;
      if (event.persisted) onReturn();
    }),
    listen(document, "visibilitychange", whenHere(() => (document.visibilityState === "hidden" ? onHidden : onSeen)())),
    listen(document, "freeze", whenHere(onHidden)), // the browser may throw a frozen page away, and asks nobody
    listen(document, "resume", whenHere(onSeen)),
  ];
  return () => undoAll(undos);
}
