/** Which rows a panel shows: by its kinds, by what was typed, by chips. Pure. */
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { hasMatch, matcher } from "./matches";
import type { Kind, Row } from "./rows";

export const LISTS = ["all", "events", "console", "network", "errors"] as const;
export type ListTab = (typeof LISTS)[number];
/** The last three are facts, not rows. */
export const TABS = [...LISTS, "page", "person", "session"] as const;
export type Tab = (typeof TABS)[number];

export interface Filter {
  tab: ListTab;
  search: string;
  onlyErrors: boolean;
  /** Of each group those that are wanted; none of a group means all of it. */
  chips: ReadonlySet<string>;
}

export function isList(tab: Tab): tab is ListTab {
  return (LISTS as readonly string[]).includes(tab);
}

const KINDS: Record<Exclude<ListTab, "all" | "errors">, Set<Kind>> = {
  events: new Set(["navigation", "click", "rage_click", "submit", "custom", "identify"]),
  console: new Set(["console", "error"]),
  network: new Set(["network"]),
};

function isIn(row: Row, tab: ListTab): boolean {
  if (tab === "all") return !row.isResource || row.tone === "bad";
  return tab === "errors" ? row.tone === "bad" : KINDS[tab].has(row.kind);
}

/** The chips of a panel, in groups. */
export const CHIPS: Record<ListTab, string[][]> = {
  all: [],
  events: [["navigation", "click", "submit", "custom", "identify"]],
  console: [["error", "warn", "info", "log", "debug"]],
  network: [["fetch", "doc", "js", "css", "img", "other"], ["2xx", "3xx", "4xx", "5xx", "none"]],
  errors: [["error", "console", "network"]],
};

const CALLS = new Set(["fetch", "xhr", "beacon"]);

/** Return the chips under which a row falls. */
export function chipsOf(row: Row, tab: ListTab): string[] {
  if (tab === "events") return [row.kind === "rage_click" ? "click" : row.kind];
  if (tab === "errors") return [row.kind];
  if (tab === "console") return [row.tone === "bad" ? "error" : CHIPS.console[0]?.includes(row.type) ? row.type : "log"];
  if (tab !== "network") return [];
  const type = CALLS.has(row.type) || row.type === "" ? "fetch" : ["doc", "js", "css", "img"].includes(row.type) ? row.type : "other";
  return [type, statusClass(row.event)].filter(Boolean);
}

function statusClass(event: LogEvent | null): string {
  if (event?.type !== "network") return "none"; // a moment: only failed requests are some
  const status = Number(event.status);
  if (status >= 200 && status < 600) return `${Math.floor(status / 100)}xx`;
  return event.failed ? "none" : ""; // another site's answer, of which the browser does not tell
}

/** Return the chips of a panel that some row falls under, group by group; what is chosen stays. */
export function chipsAmong(rows: Row[], tab: ListTab, chosen: ReadonlySet<string>): string[][] {
  const present = new Set(chosen);
  if (CHIPS[tab].length > 0) for (const row of rows) if (isIn(row, tab)) for (const chip of chipsOf(row, tab)) present.add(chip);
  return CHIPS[tab].map((group) => group.filter((chip) => present.has(chip))).filter((group) => group.length > 0);
}

export function filterRows(rows: Row[], { tab, search, onlyErrors, chips }: Filter): Row[] {
  const match = matcher(search);
  const groups = CHIPS[tab].map((group) => group.filter((chip) => chips.has(chip))).filter((group) => group.length > 0);
  return rows.filter((row) => {
    if (!isIn(row, tab) || (onlyErrors && row.tone !== "bad")) return false;
    if (match && !hasMatch(`${row.text} ${row.note} ${row.kind} ${row.address}`, match)) return false;
    if (groups.length === 0) return true;
    const own = chipsOf(row, tab);
    return groups.every((group) => group.some((chip) => own.includes(chip)));
  });
}

/** Fold the same words said again and again on the console into their first row, which counts them. */
export function foldRepeats(rows: Row[]): Row[] {
  const folded: Row[] = [];
  for (const row of rows) {
    const last = folded.at(-1);
    const isAgain = last && KINDS.console.has(row.kind) && last.kind === row.kind && last.text === row.text && last.type === row.type && last.tone === row.tone && last.stream === row.stream;
    if (isAgain) last.times += 1;
    else folded.push({ ...row });
  }
  return folded;
}

/** What makes two errors one: what they say; of requests where they went (without the query) and what came back. */
export function errorKey(row: Row): string {
  return row.kind === "network" ? `network ${row.text.replace(/[?#].*/s, "")} ${statusClass(row.event)}` : `${row.kind} ${row.text}`;
}

/** Group errors by what they say, each at its first time. */
export function groupErrors(rows: Row[]): Row[] {
  const groups = new Map<string, Row>();
  for (const row of rows) {
    const key = errorKey(row);
    const first = groups.get(key);
    if (first) first.times += 1;
    else groups.set(key, { ...row });
  }
  return [...groups.values()];
}

/** What the list shows, and what its keys step through. */
export function shownRows(rows: Row[], filter: Filter): Row[] {
  const found = filterRows(rows, filter);
  return filter.tab === "errors" ? groupErrors(found) : foldRepeats(found);
}

/** How many rows each list has of what is searched for. */
export function countRows(rows: Row[], search: string, onlyErrors: boolean): Record<ListTab, number> {
  const counts = { all: 0, events: 0, console: 0, network: 0, errors: 0 };
  const match = matcher(search);
  for (const row of rows) {
    if ((onlyErrors && row.tone !== "bad") || (match && !hasMatch(`${row.text} ${row.note} ${row.kind} ${row.address}`, match))) continue;
    for (const tab of LISTS) if (isIn(row, tab)) counts[tab] += 1;
  }
  return counts;
}
