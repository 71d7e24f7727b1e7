/** The player, handed down to every part of its interface. */
import { computed, signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { TIME_STYLES, type TimeStyle } from "../format";
import { errorKey, isList, shownRows, type Filter, type ListTab, type Tab } from "../panels";
import type { Player } from "../player";
import type { Row } from "../rows";
import { zoomed, type Range } from "../zoom";
import { recall, remember } from "./memory";
import { recallWidth } from "./splitter";

const NO_CHIPS: ReadonlySet<string> = new Set();

export class View {
  readonly tab = signal<Tab>("all");
  readonly search = signal("");
  readonly onlyErrors = signal(false);
  /** Which chips of which list are chosen. */
  readonly chips = signal<Partial<Record<ListTab, ReadonlySet<string>>>>({});
  readonly follows = signal(true);
  readonly timeStyle = signal<TimeStyle>(recall("times", TIME_STYLES, "relative"));
  /** The row whose details are open. */
  readonly opened = signal<string | null>(null);
  /** How wide the inspector is; null as the style sheet says. */
  readonly panelPx = signal<number | null>(recallWidth());
  /** What the timeline shows; null is all of it. */
  readonly zoom = signal<Range | null>(null);
  /** The same, never null once the session is here. */
  readonly range = computed<Range>(() => this.zoom.value ?? this.player.timeline.value ?? { startMs: 0, endMs: 1, durationMs: 1 });
  readonly helpIsOpen = signal(false);
  readonly exportIsOpen = signal(false);
  readonly toast: Signal<string | null> = signal(null);
  readonly filter = computed<Filter>(() => {
    const tab = isList(this.tab.value) ? this.tab.value : "all";
    return { tab, search: this.search.value, onlyErrors: this.onlyErrors.value, chips: this.chips.value[tab] ?? NO_CHIPS };
  });
  /** What the list shows. */
  readonly rows = computed<Row[]>(() => shownRows(this.player.rows.value, this.filter.value));
  /** The row of the list that stands for the open one: itself, or the one into which it was folded. */
  readonly openKey = computed<string | null>(() => {
    const key = this.opened.value ?? this.player.selected.value;
    if (key === null || this.rows.value.some((row) => row.key === key)) return key;
    const open = this.player.rows.value.find((row) => row.key === key);
    const isSame = (row: Row): boolean => row.times > 1 && open !== undefined && row.atMs <= open.atMs && errorKey(row) === errorKey(open);
    return this.rows.value.findLast(isSame)?.key ?? null;
  });
  readonly isFiltered = computed(() => this.filter.value.search !== "" || this.filter.value.onlyErrors || this.filter.value.chips.size > 0);
  private toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly player: Player,
    readonly root: HTMLElement,
  ) {}

  toggleChip(chip: string): void {
    const { tab, chips } = this.filter.value;
    const chosen = new Set(chips);
    if (!chosen.delete(chip)) chosen.add(chip);
    this.chips.value = { ...this.chips.value, [tab]: chosen };
  }

  clearFilters(): void {
    this.search.value = "";
    this.onlyErrors.value = false;
    this.chips.value = { ...this.chips.value, [this.filter.value.tab]: NO_CHIPS };
  }

  setTimeStyle(style: TimeStyle): void {
    this.timeStyle.value = style;
    remember("times", style);
  }

  /** Go to a row, and show what is known of it. */
  visit(row: Row): void {
    this.follows.value = true;
    this.opened.value = row.key;
    this.player.seekToRow(row);
  }

  /** Show more or less of the session on the timeline, around a moment. */
  zoomBy(factor: number, atMs = this.player.timeMs.value): void {
    const whole = this.player.timeline.value;
    if (whole) this.zoom.value = zoomed(this.range.value, whole, atMs, factor);
  }

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
