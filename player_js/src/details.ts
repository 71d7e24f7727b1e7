/** All that is known of a row, in the parts that its details show. Pure; recorded text, hostile. */
import type { ElementInfo, LogEvent } from "../../recorder_js/src/wire/events";
import { consoleArgs } from "./console-args";
import { bytes, duration, utcTime } from "./format";
import type { Row } from "./rows";
import { words } from "./strings";
import { text } from "./text";
import { readValue } from "./tree";

export type Fact = [name: string, value: string];
type Names = typeof words.facts;

/** Return the plain facts, under our names. */
export function factsOf({ event, address }: Row): Fact[] {
  if (!event) return facts({ url: address });
  switch (event.type) {
    case "navigation":
      return facts({ url: event.url, title: event.title, how: event.how });
    case "click":
    case "rage_click":
    case "submit":
      return elementFacts(event.element);
    case "console":
      return facts({ level: event.level });
    case "error":
      return facts({ name: event.name, message: event.message, how: event.how, where: event.source && `${text(event.source)}:${event.line ?? "?"}:${event.column ?? "?"}` });
    case "network":
      return networkFacts(event);
    case "identify":
      return facts({ distinctId: event.distinct_id, anonymousId: event.anonymous_id });
    case "state":
    case "gap":
      return facts({ detail: event.detail });
    default:
      return [];
  }
}

function networkFacts(event: Extract<LogEvent, { type: "network" }>): Fact[] {
  const { url, method, status, initiator, resource, duration_ms, t } = event;
  const size = (count: unknown): string | undefined => (typeof count === "number" && count >= 0 ? (count < 1_000 ? bytes(count) : `${bytes(count)} (${count} B)`) : undefined);
  return facts({
    url,
    method,
    status: status ? `${text(status)}${event.failed ? ` ${words.failed}` : ""}` : event.failed ? words.noAnswer : words.notTold,
    initiator: resource ? `${text(initiator)} (${text(resource)})` : initiator,
    request: size(event.request_bytes),
    response: size(event.response_bytes),
    duration: duration_ms >= 0 ? duration(duration_ms) : undefined,
    started: Number.isFinite(t) ? utcTime(t) : undefined,
  });
}

/** Return what is shown as trees: the console's arguments, properties. */
export function valuesOf({ event }: Row): unknown[] {
  if (event?.type === "console") return consoleArgs(event).map(readValue);
  if (event?.type !== "custom" && event?.type !== "identify") return [];
  return event.properties && Object.keys(event.properties).length > 0 ? [event.properties] : [];
}

export function stackOf({ event }: Row): string {
  return event?.type === "console" || event?.type === "error" ? text(event.stack) : "";
}

function elementFacts(element: ElementInfo | undefined): Fact[] {
  return facts({ element: element?.tag, text: element?.text, role: element?.role, label: element?.label, selector: element?.selector });
}

function facts(values: { [Name in keyof Names]?: unknown }): Fact[] {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return entries.map(([name, value]) => [words.facts[name as keyof Names], text(value)]);
}

/** Return a row as text for a ticket: time in ISO, what it says, and all of its details. */
export function rowAsText(row: Row): string {
  const head = [isoTime(row.atMs), words.row[row.kind], row.text, row.note].filter(Boolean).join(" ");
  const values = valuesOf(row).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return [head, ...factsOf(row).map(([name, value]) => `${name}: ${value}`), ...values, stackOf(row)].filter(Boolean).join("\n");
}

function isoTime(ms: number): string {
  return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : "";
}
