/**
 * Give the keyboard back when the stage takes it: a recorded text selection, once replayed, pulls the browser's focus into its frame,
 * and then no key of the player is heard. Nobody means to be in there: the frame is inert.
 */
export function keepFocus(frame: HTMLIFrameElement): () => void {
  let last: Element | null = null;
  function note(event: FocusEvent): void {
    if (event.target instanceof HTMLElement && event.target !== frame) last = event.target;
  }
  function takeBack(): void {
    if (document.activeElement !== frame) return; // the viewer has gone to another window
    frame.blur();
    window.focus();
    if (last instanceof HTMLElement && last.isConnected) last.focus({ preventScroll: true });
  }
  document.addEventListener("focusin", note);
  const hear = (): void => void setTimeout(takeBack); // the browser is still about to move it
  window.addEventListener("blur", hear);
  return () => {
    document.removeEventListener("focusin", note);
    window.removeEventListener("blur", hear);
  };
}
