/** The refusals of SPEC.md §5, and what a recorder does about each. Twin of replay/wire/remedies.py. */

export type Remedy =
  | "stop" // for this page; said once in the console
  | "new_session"
  | "new_stream" // with a full snapshot
  | "reconnect"
  | "resend" // the same bytes, backing off
  | "resend_once" // then a gap
  | "gap" // under the same seq, and a new full snapshot
  | "drop"; // the server has something there: forget the bytes

export const REMEDIES: Readonly<Record<string, Remedy>> = {
  unknown_write_key: "stop",
  revoked_write_key: "stop",
  foreign_origin: "stop",
  bad_hello: "stop",
  unsupported_version: "stop",
  wrong_secret: "new_session",
  erased: "new_session",
  bad_frame: "reconnect",
  unknown_stream: "reconnect",
  frame_too_large: "gap",
  bad_hash: "resend_once",
  bad_codec: "gap",
  inflated_too_large: "gap",
  bad_log: "gap",
  conflict: "new_stream",
  too_late: "drop",
  over_window: "reconnect",
  too_many: "reconnect",
  over_quota: "reconnect",
  taken_over: "reconnect",
  store_unavailable: "resend",
  index_unavailable: "resend",
  store_full: "resend",
  server_closing: "reconnect",
};

/** Codes that a later server may add follow their own word on whether trying again helps. */
export function remedyFor(code: string, kind: "nack" | "goaway", isPermanent: boolean): Remedy {
  const known = REMEDIES[code];
  if (known) return known;
  if (kind === "goaway") return isPermanent ? "stop" : "reconnect";
  return isPermanent ? "gap" : "resend";
}
