/**
 * The rows of the list: log events and moments in words, on the server's clock. Pure.
 *
 * Everything here was recorded in somebody's page and is hostile: it is only ever shown as text.
 */
import type { LogEvent, ElementInfo } from "../../recorder_js/src/wire/events";
import { consoleArgs } from "./console-args";
import { bytes, duration, path } from "./format";
import type { Manifest, MomentRow, StreamRow } from "./manifest";
import { requestType } from "./request-type";
import { words } from "./strings";
import { text } from "./text";

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
  address: string; // of a navigation or a request: the whole of it
  type: string; // of a request: fetch, doc, js, css, img …
  isResource: boolean; // a picture, a script: told under Network only
  times: number; // so often in a row, or so often at all where errors are grouped
  event: LogEvent | null; // all of it; a moment that stands in has none
}

type Said = Pick<Row, "kind" | "text"> & Partial<Pick<Row, "tone" | "note" | "address" | "type" | "isResource">>;

const LAST_MS = 8e15; // no date lies beyond

/** Return the row of a log event, or null for those that only machines read. */
export function rowOf(event: LogEvent, stream: StreamRow): Row | null {
  if (typeof event?.t !== "number" || !(Math.abs(event.t) < LAST_MS) || typeof event.id !== "string") return null;
  const said = say(event);
  return said && toRow(said, event.id, stream.id, event.t + stream.clock_offset_ms, event);
}

function toRow(said: Said, id: string, stream: string, atMs: number, event: LogEvent | null = null): Row {
  return { tone: "plain", note: "", address: "", type: "", isResource: false, times: 1, event, ...said, key: `${stream}:${id}`, id, stream, atMs };
}

function say(event: LogEvent): Said | null {
  switch (event.type) {
    case "navigation":
      return { kind: "navigation", text: path(text(event.url)), address: text(event.url) };
    case "click":
    case "submit":
      return { kind: event.type, text: elementText(event.element) };
    case "rage_click":
      return { kind: "rage_click", tone: "warn", text: elementText(event.element), note: `${Number(event.count)}×` };
    case "console": {
      const tone = ({ error: "bad", warn: "warn", debug: "quiet" } as const)[event.level as string] ?? "plain";
      return { kind: "console", tone, text: consoleArgs(event).join(" ").slice(0, LINE_CHARS), type: text(event.level) };
    }
    case "error":
      return { kind: "error", tone: "bad", text: `${text(event.name)}: ${text(event.message)}`.slice(0, LINE_CHARS) };
    case "network":
      return network(event);
    case "custom":
      return { kind: "custom", text: text(event.name) };
    case "identify":
      return { kind: "identify", text: text(event.distinct_id) };
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

/** What a row of the list holds; the details have the rest. */
const LINE_CHARS = 500;

/** A request that takes this long is felt as slow by whoever waits for it. */
const SLOW_MS = 3_000;

function network(event: Extract<LogEvent, { type: "network" }>): Said {
  const { method, url, status, duration_ms, response_bytes, initiator } = event;
  const isSlow = duration_ms >= SLOW_MS;
  const took = duration_ms >= 0 ? duration(duration_ms) : "";
  const answer = status ? `${text(status)}${event.failed ? ` ${words.failed}` : ""}` : event.failed ? words.noAnswer : ""; // or one that another site keeps to itself
  const note = [answer, isSlow ? `${took} ${words.slow}` : took, response_bytes ? bytes(response_bytes) : ""];
  return {
    kind: "network",
    tone: event.failed ? "bad" : isSlow ? "warn" : "plain",
    text: method === "GET" ? path(text(url)) : `${text(method)} ${path(text(url))}`, // the usual goes without saying
    note: note.filter(Boolean).join(" · "),
    address: text(url),
    type: requestType(event),
    isResource: initiator === "resource" || initiator === "document",
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
  return toRow({ kind, tone, text: shown, address: text(moment.url) }, moment.id, moment.stream, moment.at_ms);
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
