/** How the server says each refusal. Twin of replay/wire/errors.py; in no bundle. */

export interface Refusal {
  isPermanent: boolean; // drop the bytes; else keep them and try again
  httpStatus: number; // on the beacon road
  ends: boolean; // goaway and close; else nack
  sentence: string; // for people: what is wrong and what mends it
}

const ends = (isPermanent: boolean, httpStatus: number, sentence: string): Refusal => ({ isPermanent, httpStatus, ends: true, sentence });
const nack = (isPermanent: boolean, httpStatus: number, sentence: string): Refusal => ({ isPermanent, httpStatus, ends: false, sentence });

export const REFUSALS = {
  unknown_write_key: ends(true, 403, "No project has this write key. Copy it from the project's settings."),
  revoked_write_key: ends(true, 403, "This write key was revoked. Put the project's current key into the snippet."),
  foreign_origin: ends(true, 403, "This site is not among the project's allowed origins. Add it in the project's settings."),
  bad_hello: ends(true, 400, "The hello is not readable or lacks a field."),
  unsupported_version: ends(true, 400, "The recorder speaks a version of the protocol that this server does not know."),
  wrong_secret: ends(true, 403, "The session belongs to another browser."),
  erased: ends(true, 410, "The session was erased."),
  bad_frame: ends(true, 400, "The frame is not one of the protocol's."),
  unknown_stream: ends(false, 400, "The stream has not said hello on this connection."),
  frame_too_large: nack(true, 413, "The frame is larger than the server takes."),
  bad_hash: nack(false, 400, "The bytes do not match their hash."),
  bad_codec: nack(true, 400, "A body is not encoded as its header says, or in a way that the server does not know."),
  inflated_too_large: nack(true, 413, "A body is larger, once inflated, than the server takes."),
  bad_log: nack(true, 400, "The log body does not hold events that the server can read."),
  conflict: nack(true, 409, "Other bytes were kept before under the same number."),
  too_late: nack(true, 409, "The span was closed as a gap before its bytes came."),
  over_window: ends(false, 429, "More was sent unacked than the window allows."),
  too_many: ends(false, 429, "Too many at once."),
  over_quota: ends(false, 429, "The allowance is used up. What was recorded waits in the page until there is room again."),
  taken_over: ends(false, 409, "The stream said hello on another socket, which goes on with it."),
  store_unavailable: nack(false, 503, "The server cannot store bytes right now."),
  store_full: nack(false, 507, "The server has no room left. It takes bytes again as soon as it has."),
  index_unavailable: nack(false, 503, "The server cannot reach its database right now."),
  server_closing: ends(false, 503, "The server is restarting."),
} as const satisfies Record<string, Refusal>;

export type Code = keyof typeof REFUSALS;

/** Something that was said is refused; with a stream and a seq where it is a chunk. */
export class WireError extends Error {
  override name = "WireError";

  constructor(
    readonly code: Code,
    readonly stream = "",
    readonly seq: number | null = null,
  ) {
    super(code);
  }
}
