/** What the bodies hold: rrweb's events in `dom`, ours (SPEC.md §4) in `log`. */

export interface DomEvent {
  type: number; // 2 full snapshot, 3 incremental, 4 meta …
  timestamp: number; // stream clock
  data: unknown;
}

export interface ElementInfo {
  tag: string;
  text?: string;
  role?: string;
  label?: string;
  id?: string;
  selector: string;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Properties = { [key: string]: Json };

export type ConsoleLevel = "log" | "info" | "warn" | "error" | "debug";

export type LogBody =
  | { type: "navigation"; url: string; title: string; how: "load" | "push" | "replace" | "pop" | "hash" }
  | { type: "click"; element: ElementInfo; x: number; y: number; node: number }
  | { type: "rage_click"; element: ElementInfo; x: number; y: number; node: number; count: number }
  | { type: "submit"; element: ElementInfo; node: number }
  | { type: "console"; level: ConsoleLevel; args: string[]; stack?: string }
  | {
      type: "error";
      name: string;
      message: string;
      stack?: string;
      how: "exception" | "rejection";
      source?: string;
      line?: number;
      column?: number;
    }
  | {
      type: "network";
      initiator: "fetch" | "xhr" | "beacon" | "resource" | "document";
      resource?: string;
      method: string;
      url: string;
      status: number;
      duration_ms: number;
      request_bytes?: number;
      response_bytes?: number;
      failed: boolean;
    }
  | { type: "custom"; name: string; properties: Properties }
  | { type: "identify"; distinct_id: string; anonymous_id: string; properties: Properties }
  | { type: "alias"; distinct_id: string; alias: string }
  | { type: "properties"; properties: Properties }
  | { type: "activity"; count: number }
  | { type: "state"; name: string; detail?: string }
  | { type: "gap"; reason: string; body: "dom" | "log" | "both"; detail?: string };

export type LogEvent = LogBody & { id: string; t: number };
