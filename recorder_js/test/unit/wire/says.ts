/** What a server says, and what a core did: shared by the tests of connection.ts. */
import { Connection, type Effect } from "../../../src/wire/connection";
import { Kind, parseFrame, serializeControl, type Control } from "../../../src/wire/frames";

export const STREAM = "00112233445566778899aabbccddeeff";
export const HELLO = new Uint8Array([1, 123, 125]);
export const chunk = (seq: number, length = 100): Uint8Array => new Uint8Array(length).fill(seq + 1);

export const say = (control: Control): Uint8Array => serializeControl(control);
export const welcome = (next_seq: number, more = {}): Uint8Array =>
  say({
    kind: "welcome",
    body: { v: 1, stream: STREAM, next_seq, server_ms: 0, max_chunk_bytes: 524_288, window_bytes: 1_000, window_chunks: 4, heartbeat_s: 20, ...more },
  });
export const ack = (upto: number): Uint8Array => say({ kind: "ack", body: { stream: STREAM, upto } });
export const nack = (seq: number, code: string, permanent: boolean): Uint8Array =>
  say({ kind: "nack", body: { stream: STREAM, seq, code, message: "no", permanent } });
export const goaway = (code: string, retry: boolean, after_ms = 0): Uint8Array => say({ kind: "goaway", body: { code, message: "no", retry, after_ms } });

export const did = (effects: Effect[]): string[] => effects.map((effect) => effect.do);
export const said = (effects: Effect[]): Uint8Array[] => effects.flatMap((effect) => (effect.do === "send" ? [effect.frame] : []));
export const isPing = (frame: Uint8Array): boolean => frame[0] === Kind.ping && frame[1] === 123;
export const sent = (effects: Effect[]): Uint8Array[] => said(effects).filter((frame) => !isPing(frame));
export const pings = (effects: Effect[]): unknown[] => said(effects).filter(isPing).map((frame) => parseFrame(frame).body);

/** A core whose random numbers are what `random` says now. */
export function makeConnection(random: () => number): Connection {
  return new Connection({ stream: STREAM, hello: () => HELLO, gap: (held, reason) => new Uint8Array([4, held.seq, reason.length]), random });
}

export function open(connection: Connection, nextSeq = 0): void {
  connection.start(0);
  connection.opened(0);
  connection.received(welcome(nextSeq), 0);
  connection.received(say({ kind: "pong", body: { client_ms: 0, server_ms: 0 } }), 0);
}
