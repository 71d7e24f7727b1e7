/** What the page's core looks at before it believes a server: that what it counts with are whole numbers. Twin of the shapes in replay/wire/messages.py. */
import type { Frame, KindName } from "./frames";

const NEEDED: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  welcome: ["next_seq"],
  ack: ["upto"],
  nack: ["seq"],
  window: ["window_bytes", "window_chunks"],
};
const WHOLE = ["next_seq", "upto", "seq", "window_bytes", "window_chunks", "heartbeat_s", "after_ms"] as const;

const areWhole = (list: unknown): boolean => Array.isArray(list) && list.every(Number.isInteger);

/** Say whether a frame has the numbers that it must have, and no other thing in the place of one. */
export function isSound({ kind, body }: Frame): boolean {
  const said = body as unknown as Record<string, unknown>;
  if (kind === "welcome" && "codecs" in said && !areWhole(said["codecs"])) return false;
  return (NEEDED[kind] ?? []).every((name) => name in said) && WHOLE.every((name) => !(name in said) || Number.isInteger(said[name]));
}
