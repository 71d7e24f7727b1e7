// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MOST_MS,
  Connection,
  GREETING_MS,
  SILENCE_MS,
  SOCKET_AGAIN_MS,
  type Effect,
} from "../../../src/wire/connection";
import { parseFrame, serializeControl, type Control } from "../../../src/wire/frames";

const STREAM = "00112233445566778899aabbccddeeff";
const HELLO = new Uint8Array([1, 123, 125]);
const chunk = (seq: number, length = 100): Uint8Array => new Uint8Array(length).fill(seq + 1);

const say = (control: Control): Uint8Array => serializeControl(control);
const welcome = (next_seq: number, more = {}): Uint8Array =>
  say({
    kind: "welcome",
    body: { v: 1, stream: STREAM, next_seq, server_ms: 0, max_chunk_bytes: 524_288, window_bytes: 1_000, window_chunks: 4, heartbeat_s: 20, ...more },
  });
const ack = (upto: number): Uint8Array => say({ kind: "ack", body: { stream: STREAM, upto } });
const nack = (seq: number, code: string, permanent: boolean): Uint8Array =>
  say({ kind: "nack", body: { stream: STREAM, seq, code, message: "no", permanent } });
const goaway = (code: string, retry: boolean, after_ms = 0): Uint8Array => say({ kind: "goaway", body: { code, message: "no", retry, after_ms } });

const did = (effects: Effect[]): string[] => effects.map((effect) => effect.do);
const sent = (effects: Effect[]): Uint8Array[] => effects.flatMap((effect) => (effect.do === "send" ? [effect.frame] : []));

let connection: Connection;
let random: number;

beforeEach(() => {
  random = 0.5;
  connection = new Connection({ stream: STREAM, hello: () => HELLO, gap: (held, reason) => new Uint8Array([4, held.seq, reason.length]), random: () => random });
});

function open(nextSeq = 0): void {
  connection.start(0);
  connection.opened(0);
  connection.received(welcome(nextSeq), 0);
}

describe("the happy road", () => {
  it("opens, says hello, waits for the welcome, then sends", () => {
    expect(connection.keep(0, chunk(0), 0, 0)).toEqual([]);
    expect(did(connection.start(0))).toEqual(["open"]);
    expect(sent(connection.opened(5))).toEqual([HELLO]);
    expect(sent(connection.received(welcome(0), 10))).toEqual([chunk(0)]);
    expect(connection.state).toBe("open");
  });

  it("lets go of what is acked, and only of that", () => {
    open();
    for (const seq of [0, 1, 2]) connection.keep(seq, chunk(seq), 0, 0);
    expect(connection.received(ack(2), 5)[0]).toEqual({ do: "acked", upto: 2 });
    expect(connection.unacked.map((held) => held.seq)).toEqual([2]);
  });

  it("keeps within the window of chunks and bytes", () => {
    open();
    const effects = [0, 1, 2, 3, 4, 5].flatMap((seq) => connection.keep(seq, chunk(seq), 0, 0));
    expect(sent(effects)).toHaveLength(4);
    expect(sent(connection.received(ack(1), 1))).toEqual([chunk(4)]);
  });

  it("sends a chunk larger than the window alone", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.keep(1, chunk(1, 5_000), 0, 0)).toEqual([]);
    expect(sent(connection.received(ack(1), 1))).toEqual([chunk(1, 5_000)]);
  });

  it("closes when all is acked after the end", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.end()).toEqual([]);
    expect(did(connection.received(ack(1), 1))).toContain("finished");
  });
});

describe("a broken road", () => {
  it("resends everything from next_seq on, with the same bytes", () => {
    open();
    for (const seq of [0, 1, 2]) connection.keep(seq, chunk(seq), 0, 0);
    connection.closed(10);
    connection.tick(10 + BACKOFF_FIRST_MS);
    connection.opened(600);
    expect(sent(connection.received(welcome(1), 610))).toEqual([chunk(1), chunk(2)]);
  });

  it("waits with full jitter that doubles up to a bound", () => {
    connection.start(0);
    random = 1;
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 10; i++) {
      connection.closed(now);
      const from = now;
      while (connection.state === "waiting") connection.tick(++now);
      if (connection.state === "posting") break;
      waits.push(now - from);
    }
    expect(waits[0]).toBe(BACKOFF_FIRST_MS);
    random = 0;
    expect(BACKOFF_MOST_MS).toBeGreaterThan(BACKOFF_FIRST_MS);
  });

  it("goes by POST after two failed sockets, and tries a socket again later", () => {
    connection.keep(0, chunk(0), 0, 0);
    connection.start(0);
    connection.closed(1);
    expect(did(connection.tick(300))).toEqual(["open"]);
    connection.closed(301);
    const effects = connection.tick(2_000);
    expect(effects).toEqual([{ do: "post", frames: [HELLO, chunk(0)] }]);
    expect(did(connection.posted([welcome(0), ack(1)], 2_100))).toContain("acked");
    expect(connection.unacked).toEqual([]);
    expect(sent(connection.keep(1, chunk(1), 0, 2_200))).toEqual([]);
    connection.posted([ack(2)], 2_300);
    expect(did(connection.tick(300 + SOCKET_AGAIN_MS))).toEqual(["open"]);
  });

  it("backs off when a POST fails, and posts the same bytes again", () => {
    connection.keep(0, chunk(0), 0, 0);
    connection.start(0);
    connection.closed(1);
    connection.tick(300);
    connection.closed(301);
    connection.tick(2_000);
    expect(connection.posted(null, 2_100)).toEqual([]);
    expect(connection.tick(2_101)).toEqual([]);
    expect(connection.tick(5_000)).toEqual([{ do: "post", frames: [HELLO, chunk(0)] }]);
  });

  it("returns to the socket as soon as a POST works, where sockets worked before", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    connection.closed(1);
    connection.tick(1_000);
    connection.closed(1_001);
    connection.tick(3_000);
    connection.closed(3_001);
    connection.tick(9_000);
    expect(connection.state).toBe("posting");
    expect(did(connection.posted([welcome(0), ack(1)], 9_100))).toEqual(["acked", "open"]);
  });

  it("drops a socket that opens and never greets", () => {
    connection.start(0);
    connection.opened(10);
    expect(did(connection.tick(GREETING_MS + 20))).toEqual(["close"]);
    expect(connection.state).toBe("waiting");
  });

  it("drops a socket that is silent with bytes in flight", () => {
    open();
    connection.keep(0, chunk(0), 0, 1_000);
    expect(did(connection.tick(1_000 + SILENCE_MS - 1))).not.toContain("close");
    expect(did(connection.tick(1_000 + SILENCE_MS + 1))).toEqual(["close"]);
  });

  it("does not call a quiet page a dead socket", () => {
    open();
    for (let now = 0; now < 600_000; now += 1_000) {
      for (const frame of sent(connection.tick(now))) {
        expect(parseFrame(frame).kind).toBe("ping");
        connection.received(say({ kind: "pong", body: { client_ms: now, server_ms: now } }), now);
      }
    }
    connection.keep(0, chunk(0), 0, 600_000);
    expect(did(connection.tick(600_001))).not.toContain("close");
    expect(connection.state).toBe("open");
  });

  it("opens at once when the network is back", () => {
    open();
    random = 1;
    for (let i = 0; i < 2; i++) connection.closed(i);
    expect(did(connection.hurry(10))).toEqual(["open"]);
  });
});

describe("what the server refuses", () => {
  it.each(["unknown_write_key", "revoked_write_key", "foreign_origin", "bad_hello", "unsupported_version"])("stops on %s", (code) => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(goaway(code, false), 1)).toEqual([{ do: "close" }, { do: "stop", code, message: "no" }]);
    expect(connection.unacked).toEqual([]);
    expect(connection.keep(1, chunk(1), 0, 2)).toEqual([]);
    expect(connection.tick(100_000)).toEqual([]);
  });

  it.each(["wrong_secret", "erased"])("begins a new session on %s", (code) => {
    open();
    expect(did(connection.received(goaway(code, false), 1))).toEqual(["close", "new_session"]);
  });

  it("begins a new stream on conflict", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.received(nack(0, "conflict", true), 1))).toEqual(["close", "new_stream"]);
  });

  it.each(["frame_too_large", "bad_codec", "inflated_too_large"])("puts a gap in place on %s, and takes a new snapshot", (code) => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    const effects = connection.received(nack(0, code, true), 1);
    expect(did(effects)).toEqual(["snapshot", "send"]);
    expect(sent(effects)).toEqual([new Uint8Array([4, 0, code.length])]);
  });

  it("gives a gap up that is refused as well", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    connection.received(nack(0, "bad_log", true), 1);
    connection.received(nack(0, "bad_log", true), 2);
    expect(connection.unacked).toEqual([]);
  });

  it("resends once on bad_hash, then puts a gap in place", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(sent(connection.received(nack(0, "bad_hash", false), 1))).toEqual([chunk(0)]);
    expect(did(connection.received(nack(0, "bad_hash", false), 2))).toEqual(["snapshot", "send"]);
  });

  it.each(["store_unavailable", "index_unavailable"])("keeps the bytes on %s and tries again, backing off", (code) => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(nack(0, code, false), 1)).toEqual([]);
    expect(connection.tick(2)).toEqual([]);
    expect(sent(connection.tick(1 + BACKOFF_FIRST_MS))).toEqual([chunk(0)]);
  });

  it("forgets bytes that come too late", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    connection.received(nack(0, "too_late", true), 1);
    expect(connection.unacked).toEqual([]);
  });

  it.each(["over_window", "too_many", "server_closing", "unknown_stream"])("comes back after the time that goes with %s", (code) => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.received(goaway(code, true, 3_000), 1))).toEqual(["close"]);
    expect(connection.tick(3_000)).toEqual([]);
    expect(did(connection.tick(3_001 + BACKOFF_FIRST_MS))).toEqual(["open"]);
  });

  it("puts a gap in place of what twice made a bad frame", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    connection.received(goaway("bad_frame", true), 1);
    connection.tick(2_000);
    connection.opened(2_000);
    connection.received(welcome(0), 2_000);
    expect(did(connection.received(goaway("bad_frame", true), 2_001))).toContain("snapshot");
    expect(connection.unacked[0]?.bytes[0]).toBe(4);
  });

  it("passes over frames of tomorrow and of other streams", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(new Uint8Array([99, 1, 2]), 1)).toEqual([]);
    expect(connection.received(say({ kind: "ack", body: { stream: "ff".repeat(16), upto: 9 } }), 1)).toEqual([]);
    expect(connection.unacked).toHaveLength(1);
  });
});

describe("leaving the page", () => {
  it("chooses what no socket took first, within the room there is, in order", () => {
    connection.start(0);
    connection.opened(0);
    connection.received(welcome(0, { window_chunks: 2 }), 0);
    for (const seq of [0, 1, 2, 3]) connection.keep(seq, chunk(seq), 0, 0);
    expect(connection.tail(220)).toEqual([chunk(2), chunk(3)]);
    expect(connection.tail(330)).toEqual([chunk(0), chunk(2), chunk(3)]);
    expect(connection.tail(10_000)).toHaveLength(4);
  });

  it("goes on with the same stream after the page came back", () => {
    open();
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.suspend())).toEqual(["close"]);
    expect(did(connection.start(50_000))).toEqual(["open"]);
    connection.opened(50_010);
    expect(sent(connection.received(welcome(0), 50_020))).toEqual([chunk(0)]);
  });
});
