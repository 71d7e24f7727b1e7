/** Every key of the player, once: what it does, and what the help says. */
import { TIME_STYLES } from "../format";
import { gettext } from "../gettext";
import { RATES } from "../player";
import { shownRows, TABS } from "../panels";
import { rowIndexAt } from "../rows";
import { rowAsText } from "../details";
import type { View } from "./context";
import { toggleFullscreen } from "./controls";
import { toggleExport } from "./export-menu";
import { copyText, linkToRow } from "./copy";
import { copyLink } from "./header";
import { closeDetails, openRow } from "./inspector/details";

interface Key {
  keys: string[]; // KeyboardEvent.key, with "Shift+" where it matters
  shown: string;
  does: string;
  act: (view: View, key: string) => void;
}

const FRAME_MS = 100; // recordings have no frames; a tenth of a second is about what the eye tells apart

function changeRate({ player }: View, by: number): void {
  const at = RATES.findIndex((rate) => rate >= player.rate.value);
  const rate = RATES[Math.min(RATES.length - 1, Math.max(0, at + by))];
  if (rate) player.setRate(rate);
}

/** Go to the row before or after the one that is played now. */
function stepRow(view: View, by: 1 | -1, errorsOnly = false): void {
  const { player, filter } = view;
  const rows = errorsOnly ? shownRows(player.rows.value, { ...filter.value, onlyErrors: true }) : view.rows.value;
  const selected = rows.findIndex((row) => row.key === player.selected.value);
  const at = selected === -1 ? rowIndexAt(rows, player.timeMs.value) : selected;
  const row = rows[by === -1 && selected === -1 && at >= 0 && (rows[at]?.atMs ?? 0) < player.timeMs.value - 500 ? at : at + by];
  if (row) view.visit(row);
}

function showTab({ tab }: View, key: string): void {
  tab.value = TABS[Number(key) - 1] ?? tab.value;
}

function clear(view: View): void {
  if (openRow(view)) closeDetails(view);
  else view.search.value = "";
}

function changeTimes(view: View): void {
  view.setTimeStyle(TIME_STYLES[(TIME_STYLES.indexOf(view.timeStyle.value) + 1) % TIME_STYLES.length] ?? "relative");
}

/** Copy the open row, or a link to it. */
function copyRow(view: View, isLink: boolean): void {
  const row = openRow(view);
  if (row) void copyText(view, isLink ? linkToRow(view.player, row) : rowAsText(row));
}

export const KEYS: Key[] = [
  { keys: [" ", "k"], shown: "space, k", does: gettext("Play or pause"), act: ({ player }) => player.toggle() },
  { keys: ["ArrowLeft"], shown: "←", does: gettext("Back 5 seconds"), act: ({ player }) => player.step(-5_000) },
  { keys: ["ArrowRight"], shown: "→", does: gettext("Forward 5 seconds"), act: ({ player }) => player.step(5_000) },
  { keys: ["j", "J"], shown: "j", does: gettext("Back 10 seconds"), act: ({ player }) => player.step(-10_000) },
  { keys: ["l", "L"], shown: "l", does: gettext("Forward 10 seconds"), act: ({ player }) => player.step(10_000) },
  { keys: ["Shift+ArrowLeft"], shown: "shift ←", does: gettext("To the row before"), act: (view) => stepRow(view, -1) },
  { keys: ["Shift+ArrowRight"], shown: "shift →", does: gettext("To the next row"), act: (view) => stepRow(view, 1) },
  { keys: ["e"], shown: "e", does: gettext("To the next error"), act: (view) => stepRow(view, 1, true) },
  { keys: [","], shown: ",", does: gettext("Back a tenth of a second"), act: ({ player }) => (player.pause(), player.step(-FRAME_MS)) },
  { keys: ["."], shown: ".", does: gettext("Forward a tenth of a second"), act: ({ player }) => (player.pause(), player.step(FRAME_MS)) },
  { keys: ["<"], shown: "<", does: gettext("Slower"), act: (view) => changeRate(view, -1) },
  { keys: [">"], shown: ">", does: gettext("Faster"), act: (view) => changeRate(view, 1) },
  { keys: ["s"], shown: "s", does: gettext("Skip idle spans, or not"), act: ({ player }) => (player.skipsIdle.value = !player.skipsIdle.value) },
  { keys: ["+", "="], shown: "+", does: gettext("Closer on the timeline"), act: (view) => view.zoomBy(0.5) },
  { keys: ["-"], shown: "−", does: gettext("Further away"), act: (view) => view.zoomBy(2) },
  { keys: ["0"], shown: "0", does: gettext("All of the timeline"), act: ({ zoom }) => (zoom.value = null) },
  { keys: ["Home"], shown: "home", does: gettext("To the start"), act: ({ player }) => player.seek(-Infinity) },
  { keys: ["End"], shown: "end", does: gettext("To the end, or to live"), act: ({ player }) => (player.isLive.value ? player.goLive() : player.seek(Infinity)) },
  { keys: ["c"], shown: "c", does: gettext("Copy the link at this time"), act: (view) => void copyLink(view) },
  { keys: ["x"], shown: "x", does: gettext("Export the session"), act: ({ root, exportIsOpen }) => toggleExport(root, exportIsOpen) },
  { keys: ["/"], shown: "/", does: gettext("Search the list"), act: ({ root }) => root.querySelector<HTMLInputElement>(".ph-search input")?.focus() },
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8"], shown: "1 – 8", does: gettext("The panels: All, Events, Console, Network, Errors, Page, Person, Session"), act: showTab },
  { keys: ["ArrowDown", "ArrowUp"], shown: "↑ ↓", does: gettext("Through the rows, in the list"), act: (view) => view.root.querySelector<HTMLElement>(".ph-rows")?.focus() },
  { keys: ["y"], shown: "y", does: gettext("Copy the open row"), act: (view) => copyRow(view, false) },
  { keys: ["Y"], shown: "shift y", does: gettext("Copy a link to the open row"), act: (view) => copyRow(view, true) },
  { keys: ["t"], shown: "t", does: gettext("Times since the start, local, or UTC"), act: changeTimes },
  { keys: ["o"], shown: "o", does: gettext("Only errors, or all rows"), act: ({ onlyErrors }) => (onlyErrors.value = !onlyErrors.value) },
  { keys: ["r"], shown: "r", does: gettext("Follow the row that is played, or not"), act: ({ follows }) => (follows.value = !follows.value) },
  { keys: ["Escape"], shown: "esc", does: gettext("Clear the search, close the details"), act: clear },
  { keys: ["f"], shown: "f", does: gettext("Full screen"), act: ({ root }) => toggleFullscreen(root) },
  { keys: ["?"], shown: "?", does: gettext("This list"), act: (view) => (view.helpIsOpen.value = !view.helpIsOpen.value) },
];

const BY_KEY = new Map(KEYS.flatMap((key) => key.keys.map((name) => [name, key] as const)));

/** Listen until the returned function is called. Typing, and keys that belong to the browser, are left alone. */
export function handleKeys(view: View): () => void {
  function hear(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (event.key !== "?" && document.querySelector("dialog[open]")) return;
    if (event.key === " " && event.target instanceof Element && event.target.matches("button, summary")) return; // space presses it
    const isArrow = event.key.startsWith("Arrow");
    if (isArrow && event.target instanceof HTMLSelectElement) return;
    const key = BY_KEY.get(event.shiftKey && isArrow ? `Shift+${event.key}` : event.key);
    if (!key) return;
    event.preventDefault();
    key.act(view, event.key);
  }
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}
