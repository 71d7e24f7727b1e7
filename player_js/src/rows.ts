/**
 * The rows of the list: log events and moments in words, on the server's clock. Pure.
 *
 * Everything here was recorded in somebody's page and is hostile: it is only ever shown as text.
 */
import type { LogEvent, ElementInfo } from "../../recorder_js/src/wire/events";
import { bytes, duration, path } from "./format";
import type { Manifest, MomentRow, StreamRow } from "./manifest";
import { words } from "./strings";

export type Kind =
  "navigation" | "click" | "rage_click" | "submit" | "console" | "error" | "network" | "custom" | "identify" | "state" | "gap";
export type Tone = "plain" | "bad" | "warn" | "quiet";

export interface Row {
  key: string; // stream:event id
  id: string;
  stream: string;
  atMs: number;
  kind: Kind;
  tone: Tone;
  text: string;
  note: string; // short facts at the row's end
  address: string; // of a navigation: the whole of it
  type: string; // of a request: fetch, img, script …
  isResource: boolean; // a picture, a script: told under Network only
  details: [string, string][];
}

type Said = Pick<Row, "kind" | "text"> & Partial<Pick<Row, "tone" | "note" | "address" | "type" | "isResource" | "details">>;

/** Return the row of a log event, or null for those that only machines read. */
export function rowOf(event: LogEvent, stream: StreamRow): Row | null {
  if (typeof event?.t !== "number" || typeof event.id !== "string") return null;
  const said = say(event);
  return said && toRow(said, event.id, stream.id, event.t + stream.clock_offset_ms);
}

function toRow(said: Said, id: string, stream: string, atMs: number): Row {
  return { tone: "plain", note: "", address: "", type: "", isResource: false, details: [], ...said, key: `${stream}:${id}`, id, stream, atMs };
}

function say(event: LogEvent): Said | null {
  switch (event.type) {
    case "navigation":
      return { kind: "navigation", text: path(text(event.url)), address: text(event.url), details: facts({ url: event.url, title: event.title, how: event.how }) };
    case "click":
    case "submit":
      return { kind: event.type, text: elementText(event.element), details: elementFacts(event.element) };
    case "rage_click":
      return {
        kind: "rage_click",
        tone: "warn",
        text: elementText(event.element),
        note: `${Number(event.count)}×`,
        details: elementFacts(event.element),
      };
    case "console": {
      const tone = ({ error: "bad", warn: "warn", debug: "quiet" } as const)[event.level as string] ?? "plain";
      const args = Array.isArray(event.args) ? event.args.map(text).join(" ") : "";
      return { kind: "console", tone, text: args, note: text(event.level), details: facts({ level: event.level, message: args, stack: event.stack }) };
    }
    case "error": {
      const { name, message, how, source, line, column, stack } = event;
      const where = source ? `${text(source)}:${line ?? "?"}:${column ?? "?"}` : undefined;
      return { kind: "error", tone: "bad", text: `${text(name)}: ${text(message)}`, details: facts({ name, message, how, where, stack }) };
    }
    case "network":
      return network(event);
    case "custom":
      return { kind: "custom", text: text(event.name), details: propertyFacts(event.properties) };
    case "identify":
      return { kind: "identify", text: text(event.distinct_id), details: propertyFacts(event.properties) };
    case "alias":
      return { kind: "identify", text: `${text(event.distinct_id)} = ${text(event.alias)}` };
    case "state":
      return { kind: "state", tone: "quiet", text: stateText(text(event.name)), note: text(event.detail) };
    case "gap":
      return { kind: "gap", tone: "warn", text: words.missingBytes(text(event.reason).replace(/_/g, " ")), note: words.missingBody[event.body] ?? "" };
    default:
      return null; // activity, properties: not for reading row by row
  }
}

/** A request that takes this long is felt as slow by whoever waits for it. */
const SLOW_MS = 3_000;

function network(event: Extract<LogEvent, { type: "network" }>): Said {
  const { method, url, status, duration_ms, response_bytes, request_bytes, initiator, resource } = event;
  const isSlow = duration_ms >= SLOW_MS;
  const took = duration_ms >= 0 ? duration(duration_ms) : "";
  const answer = status ? `${text(status)}${event.failed ? ` ${words.failed}` : ""}` : words.noAnswer;
  const note = [answer, isSlow ? `${took} ${words.slow}` : took, response_bytes ? bytes(response_bytes) : ""];
  return {
    kind: "network",
    tone: event.failed ? "bad" : isSlow ? "warn" : "plain",
    text: method === "GET" ? path(text(url)) : `${text(method)} ${path(text(url))}`, // the usual goes without saying
    note: note.filter(Boolean).join(" · "),
    type: initiator === "document" ? "doc" : text(resource ?? initiator),
    isResource: initiator === "resource" || initiator === "document",
    details: facts({
      url,
      status: answer,
      method,
      type: resource ? `${text(initiator)} (${text(resource)})` : initiator,
      duration: note[1],
      response: response_bytes === undefined ? undefined : bytes(response_bytes),
      request: request_bytes === undefined ? undefined : bytes(request_bytes),
    }),
  };
}

const MOMENT_KINDS: Record<string, [Kind, Tone]> = {
  navigation: ["navigation", "plain"],
  click: ["click", "plain"],
  rage_click: ["rage_click", "warn"],
  submit: ["submit", "plain"],
  error: ["error", "bad"],
  console_error: ["console", "bad"],
  request_failed: ["network", "bad"],
  custom: ["custom", "plain"],
  identify: ["identify", "plain"],
};

/** A moment stands in for its log event until the log is loaded. */
export function rowOfMoment(moment: MomentRow): Row | null {
  const [kind, tone] = MOMENT_KINDS[moment.kind] ?? [];
  if (!kind || !tone) return null;
  const shown = kind === "navigation" ? path(moment.url || moment.text) : moment.text || path(moment.url);
  return toRow({ kind, tone, text: shown, address: text(moment.url), details: facts({ url: moment.url }) }, moment.id, moment.stream, moment.at_ms);
}

/** A log that should be there is not. */
export function lostRow(stream: string, seq: number, atMs: number, reason: string): Row {
  const said: Said = { kind: "gap", tone: "warn", text: words.missingBytes(reason.replace(/_/g, " ")), note: words.missingBody["log"] ?? "" };
  return toRow(said, `lost-${seq}`, stream, atMs);
}

/** Merge rows by key into order of time; a later row for a key replaces the earlier one. */
export function mergeRows(...sets: Row[][]): Row[] {
  const rows = new Map<string, Row>();
  for (const set of sets) for (const row of set) rows.set(row.key, row);
  return [...rows.values()].sort((a, b) => a.atMs - b.atMs);
}

export function momentRows(manifest: Manifest): Row[] {
  return manifest.moments.map(rowOfMoment).filter((row) => row !== null);
}

export const TABS = ["all", "events", "console", "network", "person"] as const;
export type Tab = (typeof TABS)[number];

const TAB_KINDS: Record<Exclude<Tab, "all" | "person">, Set<Kind>> = {
  events: new Set(["navigation", "click", "rage_click", "submit", "custom", "identify"]),
  console: new Set(["console", "error"]),
  network: new Set(["network"]),
};

export interface Filter {
  tab: Tab;
  search: string;
  onlyErrors: boolean;
}

export function filterRows(rows: Row[], { tab, search, onlyErrors }: Filter): Row[] {
  const wanted = search.trim().toLowerCase();
  const kinds = tab === "all" || tab === "person" ? null : TAB_KINDS[tab];
  return rows.filter(
    (row) =>
      (kinds ? kinds.has(row.kind) : !row.isResource || row.tone === "bad") &&
      (!onlyErrors || row.tone === "bad") &&
      (!wanted || `${row.text} ${row.note} ${row.kind}`.toLowerCase().includes(wanted)),
  );
}

/** Fold the same words said again and again on the console into their first row, which counts them. */
export function foldRepeats(rows: Row[]): Row[] {
  const folded: (Row & { times: number })[] = [];
  for (const row of rows) {
    const last = folded.at(-1);
    const isAgain = last && last.kind === row.kind && last.text === row.text && last.tone === row.tone && last.stream === row.stream;
    if (isAgain) last.times += 1;
    else folded.push({ ...row, times: 1 });
  }
  return folded.map(({ times, ...row }) => (times === 1 ? row : { ...row, note: [row.note, `${times}×`].filter(Boolean).join(" · ") }));
}

/** What the list shows, and what its keys step through. */
export function shownRows(rows: Row[], filter: Filter): Row[] {
  const found = filterRows(rows, filter);
  return filter.tab === "console" ? foldRepeats(found) : found;
}

/** The address of a stream's page at a moment, as its navigations tell; null before the first. */
export function addressAt(rows: Row[], stream: string | undefined, atMs: number): string | null {
  const row = rows.findLast((each) => each.kind === "navigation" && each.stream === stream && each.atMs <= atMs);
  return row?.address || null;
}

/** The last row at or before `atMs`; -1 before the first. */
export function rowIndexAt(rows: Row[], atMs: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function stateText(name: string): string {
  return words.states[name] ?? name.replace(/_/g, " ");
}

function elementText(element: ElementInfo | undefined): string {
  return text(element?.text || element?.label || element?.id || element?.selector || element?.tag || "page");
}

function elementFacts(element: ElementInfo | undefined): [string, string][] {
  return facts({ element: element?.tag, role: element?.role, label: element?.label, selector: element?.selector });
}

/** What the customer's code gave, under the names that it gave. */
function propertyFacts(properties: unknown): [string, string][] {
  return known(Object.entries(properties ?? {}));
}

/** What the recorder saw, under our names. */
function facts(values: { [Name in keyof typeof words.facts]?: unknown }): [string, string][] {
  return known(Object.entries(values).map(([name, value]) => [words.facts[name as keyof typeof words.facts], value]));
}

function known(entries: [string, unknown][]): [string, string][] {
  return entries.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => [text(name), text(value)]);
}

/** Recorded text without the characters that could reorder or hide what stands beside it. */
export function text(value: unknown): string {
  const plain = typeof value === "string" ? value : value === undefined || value === null ? "" : (JSON.stringify(value) ?? "");
  return plain.replace(/\u001b\[[0-9;]*m|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]/g, "");
}
