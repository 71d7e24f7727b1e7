import { guard } from "./guard";

type Undo = () => void;

/** Listen, guarded and passive; returns the undo. */
export function listen<E extends Event = Event>(
  target: EventTarget,
  type: string,
  handler: (event: E) => void,
  options: AddEventListenerOptions = { capture: true, passive: true },
): Undo {
  const guarded = guard(handler) as EventListener;
  target.addEventListener(type, guarded, options);
  return () => target.removeEventListener(type, guarded, options);
}

/** Run undos in reverse, each on its own. */
export function undoAll(undos: Undo[]): void {
  for (const undo of undos.splice(0).reverse()) guard(undo)();
}
