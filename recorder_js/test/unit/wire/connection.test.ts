// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { BACKOFF_FIRST_MS, BACKOFF_MOST_MS } from "../../../src/wire/backoff";
import { GREETING_MS, type Connection } from "../../../src/wire/connection";
import { PONG_MS, SILENCE_MS } from "../../../src/wire/heartbeat";
import { SOCKET_AGAIN_MS } from "../../../src/wire/road";
import { ack, chunk, did, HELLO, makeConnection, open, pings, say, sent, welcome } from "./says";

let connection: Connection;
let random: number;

beforeEach(() => {
  random = 0.5;
  connection = makeConnection(() => random);
});

describe("the happy road", () => {
  it("opens, says hello, waits for the welcome, then sends", () => {
    expect(connection.keep(0, chunk(0), 0, 0)).toEqual([]);
    expect(did(connection.start(0))).toEqual(["open"]);
    expect(sent(connection.opened(5))).toEqual([HELLO]);
    expect(sent(connection.received(welcome(0), 10))).toEqual([chunk(0)]);
    expect(connection.state).toBe("open");
  });

  it("lets go of what is acked, and only of that", () => {
    open(connection);
    for (const seq of [0, 1, 2]) connection.keep(seq, chunk(seq), 0, 0);
    expect(connection.received(ack(2), 5)[0]).toEqual({ do: "acked", upto: 2 });
    expect(connection.unacked.map((held) => held.seq)).toEqual([2]);
  });

  it("keeps within the window of chunks and bytes", () => {
    open(connection);
    const effects = [0, 1, 2, 3, 4, 5].flatMap((seq) => connection.keep(seq, chunk(seq), 0, 0));
    expect(sent(effects)).toHaveLength(4);
    expect(sent(connection.received(ack(1), 1))).toEqual([chunk(4)]);
  });

  it("sends a chunk larger than the window alone", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.keep(1, chunk(1, 5_000), 0, 0)).toEqual([]);
    expect(sent(connection.received(ack(1), 1))).toEqual([chunk(1, 5_000)]);
  });

  it("closes when all is acked after the end", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.end()).toEqual([]);
    expect(did(connection.received(ack(1), 1))).toContain("finished");
  });
});

describe("a broken road", () => {
  it("resends everything from next_seq on, with the same bytes", () => {
    open(connection);
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
      connection.opened(now);
      connection.received(welcome(0), now);
      connection.closed(now);
      const from = now;
      while (connection.state === "waiting") connection.tick(++now);
      waits.push(now - from);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    random = 0;
    connection.closed(now);
    expect(did(connection.tick(now))).toEqual(["open"]);
    expect(BACKOFF_MOST_MS).toBe(waits.at(-1));
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
    expect(did(connection.tick(301 + SOCKET_AGAIN_MS))).toEqual(["open"]);
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
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(ack(1), 0);
    connection.keep(1, chunk(1), 0, 0);
    connection.closed(1);
    connection.tick(1_000);
    connection.closed(1_001);
    connection.tick(3_000);
    connection.closed(3_001);
    connection.tick(9_000);
    expect(connection.state).toBe("posting");
    expect(did(connection.posted([welcome(1), ack(2)], 9_100))).toEqual(["acked", "open"]);
  });

  it("drops a socket that opens and never greets", () => {
    connection.start(0);
    connection.opened(10);
    expect(did(connection.tick(GREETING_MS + 20))).toEqual(["close"]);
    expect(connection.state).toBe("waiting");
  });

  it("drops a socket that is silent with bytes in flight", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 1_000);
    expect(did(connection.tick(1_000 + SILENCE_MS - 1))).not.toContain("close");
    expect(did(connection.tick(1_000 + SILENCE_MS + 1))).not.toContain("close"); // it may have slept until now
    expect(did(connection.tick(2_000 + SILENCE_MS))).toEqual(["close"]);
  });

  it("drops a quiet socket that is half open within 50 s", () => {
    open(connection);
    let now = 0;
    while (connection.state === "open") connection.tick((now += 1_000));
    expect(now).toBeLessThan(50_000);
    expect(now).toBeGreaterThan(PONG_MS);
  });

  it("does not call a socket dead that answers after the page woke up", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.tick(3_600_000))).not.toContain("close");
    connection.received(ack(1), 3_600_001);
    expect(did(connection.tick(3_601_000))).not.toContain("close");
    expect(connection.state).toBe("open");
  });

  it("goes by POST where sockets open and take chunks in silence", () => {
    connection.keep(0, chunk(0), 0, 0);
    connection.start(0);
    let now = 0;
    for (let i = 0; i < 2; i++) {
      connection.opened(now);
      connection.received(welcome(0), now);
      while (connection.state === "open") connection.tick((now += 1_000));
      while (connection.state === "waiting") connection.tick((now += 1_000));
    }
    expect(connection.state).toBe("posting");
    expect(did(connection.posted([welcome(0), ack(1)], now))).toEqual(["acked"]);
    expect(did(connection.tick(now + SOCKET_AGAIN_MS))).toEqual(["open"]);
  });

  it("does not call a quiet page a dead socket", () => {
    open(connection);
    for (let now = 0; now < 600_000; now += 1_000) {
      const effects = connection.tick(now);
      expect(sent(effects)).toEqual([]);
      for (const _ of pings(effects)) {
        connection.received(say({ kind: "pong", body: { client_ms: now, server_ms: now } }), now);
      }
    }
    connection.keep(0, chunk(0), 0, 600_000);
    expect(did(connection.tick(600_001))).not.toContain("close");
    expect(connection.state).toBe("open");
  });

  it("opens at once when the network is back", () => {
    open(connection);
    random = 1;
    for (let i = 0; i < 2; i++) connection.closed(i);
    expect(did(connection.hurry(10))).toEqual(["open"]);
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
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.suspend())).toEqual(["close"]);
    expect(did(connection.start(50_000))).toEqual(["open"]);
    connection.opened(50_010);
    expect(sent(connection.received(welcome(0), 50_020))).toEqual([chunk(0)]);
  });
});
