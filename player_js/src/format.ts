/** Times, sizes and addresses in the short form that people read. */

export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function localTime(ms: number): string {
  return LOCAL.format(ms);
}

export function utcTime(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
}

export const TIME_STYLES = ["relative", "local", "utc"] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

const CLOCK: Record<"local" | "utc", Intl.DateTimeFormat> = {
  local: new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false }),
  utc: new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false, timeZone: "UTC" }),
};

/** The time of a row: since the start, or on a clock. */
export function stamp(ms: number, startMs: number, style: TimeStyle): string {
  return style === "relative" ? clockTime(ms - startMs) : CLOCK[style].format(ms);
}

/** The viewer's own time and UTC, for a hover. */
export function wallTime(ms: number): string {
  return `${localTime(ms)} · ${utcTime(ms)}`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

const COUNT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number): string {
  return COUNT.format(value);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} KB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** Path, query and fragment of an address; the address itself where it is none. */
export function path(url: string): string {
  const parsed = URL.parse ? URL.parse(url) : tryUrl(url);
  return parsed ? parsed.pathname + parsed.search + parsed.hash : url;
}

function tryUrl(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
