/** The player, handed down to every part of its interface. */
import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Player } from "../player";
import type { Tab } from "../rows";

export class View {
  readonly tab = signal<Tab>("all");
  readonly search = signal("");
  readonly onlyErrors = signal(false);
  readonly follows = signal(true);
  readonly helpIsOpen = signal(false);
  readonly exportIsOpen = signal(false);
  readonly toast: Signal<string | null> = signal(null);
  private toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly player: Player,
    readonly root: HTMLElement,
  ) {}

  say(text: string): void {
    clearTimeout(this.toastTimer);
    this.toast.value = text;
    this.toastTimer = setTimeout(() => (this.toast.value = null), 4_000);
  }
}

const Context = createContext<View | null>(null);
export const Provider = Context.Provider;

export function useView(): View {
  const view = useContext(Context);
  if (!view) throw new Error("outside of the player");
  return view;
}
