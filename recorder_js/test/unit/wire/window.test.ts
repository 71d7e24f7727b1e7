// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { type Connection } from "../../../src/wire/connection";
import { ack, chunk, did, isPing, makeConnection, open, pings, said, say, sent, STREAM, welcome } from "./says";

let connection: Connection;
let random: number;

beforeEach(() => {
  random = 0.5;
  connection = makeConnection(() => random);
});

describe("the window that moves", () => {
  const window = (window_bytes: number, window_chunks: number): Uint8Array => say({ kind: "window", body: { window_bytes, window_chunks } });

  it("sends nothing new while it is closed, and goes on when it opens", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(window(0, 4), 1);
    expect(sent(connection.keep(1, chunk(1), 0, 2))).toEqual([]);
    expect(sent(connection.received(ack(1), 3))).toEqual([]);
    expect(sent(connection.received(window(50, 1), 4))).toEqual([chunk(1)]);
  });

  it("follows an ack that says it", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(say({ kind: "ack", body: { stream: STREAM, upto: 1, window_bytes: 150, window_chunks: 1 } }), 1);
    expect(sent([1, 2].flatMap((seq) => connection.keep(seq, chunk(seq), 0, 2)))).toEqual([chunk(1)]);
  });

  it("still pings, and notices a dead socket, while it is closed", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(ack(1), 1);
    connection.received(window(0, 0), 1);
    connection.keep(1, chunk(1), 0, 1);
    let now = 0;
    while (connection.state === "open") connection.tick((now += 1_000));
    expect(now).toBeLessThan(50_000);
  });

  it("begins anew with every socket", () => {
    open(connection);
    connection.received(window(0, 0), 1);
    connection.keep(0, chunk(0), 0, 1);
    connection.closed(2);
    connection.tick(1_000);
    connection.opened(1_000);
    expect(sent(connection.received(welcome(0), 1_001))).toEqual([chunk(0)]);
  });
});

describe("the clock", () => {
  it("tells the round trip before its first chunk", () => {
    connection.keep(0, chunk(0), 0, 0);
    connection.start(1_000);
    connection.opened(1_100);
    const effects = connection.received(welcome(0), 1_140);
    expect(isPing(said(effects)[0] as Uint8Array)).toBe(true);
    expect(pings(effects)).toEqual([{ client_ms: 1_140, stream: STREAM, rtt_ms: 40 }]);
  });

  it("measures again with every pong, and believes no other", () => {
    open(connection);
    connection.received(say({ kind: "pong", body: { client_ms: 0, server_ms: 9 } }), 7);
    connection.received(say({ kind: "pong", body: { client_ms: 3, server_ms: 9 } }), 8);
    expect(pings(connection.tick(20_000))).toEqual([{ client_ms: 20_000, stream: STREAM, rtt_ms: 7 }]);
  });
});

describe("what an earlier page left", () => {
  it("is sent from where the server is, and settled like any other", () => {
    for (const seq of [2, 0, 1, 1]) connection.restore(seq, chunk(seq), 0);
    connection.end();
    connection.start(0);
    connection.opened(0);
    const effects = connection.received(welcome(1), 1);
    expect(did(effects)).toEqual(["send", "acked", "send", "send"]);
    expect(sent(effects)).toEqual([chunk(1), chunk(2)]);
    expect(did(connection.received(ack(3), 2))).toEqual(["acked", "close", "finished"]);
  });

  it("becomes a gap where it is given up", () => {
    for (const seq of [0, 1]) connection.restore(seq, chunk(seq), 0);
    connection.giveUp(0, "offline_cap");
    connection.giveUp(0, "offline_cap");
    expect(connection.unacked.map((held) => held.bytes)).toEqual([new Uint8Array([4, 0, 11]), chunk(1)]);
    expect(connection.heldBytes).toBe(103);
  });

  it("is acked at once where the server has it already", () => {
    open(connection, 5);
    expect(connection.keep(3, chunk(3), 0, 1)).toEqual([{ do: "acked", upto: 5 }]);
    expect(connection.unacked).toEqual([]);
  });
});
