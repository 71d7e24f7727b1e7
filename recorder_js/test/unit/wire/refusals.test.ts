// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { BACKOFF_FIRST_MS, BACKOFF_MOST_MS, GOOD_MS } from "../../../src/wire/backoff";
import type { Connection } from "../../../src/wire/connection";
import { Flag } from "../../../src/wire/frames";
import { SNAPSHOT_AGAIN_MS } from "../../../src/wire/snapshots";
import { AFTER_MOST_MS } from "../../../src/wire/road";
import { ack, chunk, did, goaway, makeConnection, nack, open, say, sent, welcome } from "./says";

let connection: Connection;
let random: number;

beforeEach(() => {
  random = 0.5;
  connection = makeConnection(() => random);
});

describe("what the server refuses", () => {
  it.each(["unknown_write_key", "revoked_write_key", "foreign_origin", "bad_hello", "unsupported_version"])("stops on %s", (code) => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(goaway(code, false), 1)).toEqual([{ do: "close" }, { do: "stop", code, message: "no" }]);
    expect(connection.unacked).toEqual([]);
    expect(connection.keep(1, chunk(1), 0, 2)).toEqual([]);
    expect(connection.tick(100_000)).toEqual([]);
  });

  it.each(["wrong_secret", "erased"])("begins a new session on %s", (code) => {
    open(connection);
    expect(did(connection.received(goaway(code, false), 1))).toEqual(["close", "new_session"]);
  });

  it("begins a new stream on conflict", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.keep(1, chunk(1), 0, 0);
    expect(did(connection.received(nack(0, "conflict", true), 1))).toEqual(["new_stream"]);
    expect(connection.received(nack(1, "conflict", true), 1)).toEqual([]); // it was asked for
  });

  it("still sends what a stream holds when another takes its place", () => {
    open(connection);
    for (const seq of [0, 1]) connection.keep(seq, chunk(seq), 0, 0);
    connection.received(nack(0, "conflict", true), 1);
    connection.end();
    expect(connection.unacked.map((held) => held.seq)).toEqual([1]);
    expect(did(connection.received(ack(2), 2))).toEqual(["acked", "close", "finished"]);
  });

  it.each(["conflict", "too_late"])("drops a gap that meets a %s, and asks for nothing", (code) => {
    open(connection);
    connection.keep(0, chunk(0), Flag.gap, 0);
    expect(connection.received(nack(0, code, true), 1)).toEqual([]);
    expect(connection.unacked).toEqual([]);
  });

  it("asks once for all that is lost together, and ever less often", () => {
    open(connection);
    for (const seq of [0, 1, 2]) connection.keep(seq, chunk(seq), 0, 0);
    const lose = (seq: number, now: number): string[] => did(connection.received(nack(seq, "bad_codec", true), now)).filter((one) => one === "snapshot");
    expect([...lose(0, 1), ...lose(1, 2), ...lose(2, 3)]).toEqual(["snapshot"]);
    connection.received(ack(3), 4);
    const asked: number[] = [];
    let seq = 3;
    for (let now = 5; now < 20 * SNAPSHOT_AGAIN_MS; now += 1_000) {
      const kept = connection.keep(seq, chunk(seq), Flag.snapshot, now); // even the snapshots are refused
      const wishes = did([...kept, ...connection.received(nack(seq, "inflated_too_large", true), now)]);
      if (wishes.includes("snapshot")) asked.push(now);
      connection.received(ack(++seq), now);
    }
    expect(asked).toHaveLength(4); // after 30, 90, 210 and 450 s
  });

  it("does not back off further for each chunk of one refused pack", () => {
    open(connection);
    for (const seq of [0, 1, 2, 3]) connection.keep(seq, chunk(seq), 0, 0);
    for (const seq of [0, 1, 2, 3]) connection.received(nack(seq, "store_unavailable", false), 1);
    expect(sent(connection.tick(1 + BACKOFF_FIRST_MS))).toHaveLength(4);
  });

  it("names only the log where a chunk had nothing else", () => {
    open(connection);
    const bytes = chunk(0);
    bytes[2] = 0;
    connection.keep(0, bytes, 0, 0);
    expect(did(connection.received(nack(0, "bad_log", true), 1))).toEqual(["send"]);
  });

  it.each(["frame_too_large", "bad_codec", "inflated_too_large"])("puts a gap in place on %s, and takes a new snapshot", (code) => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    const effects = connection.received(nack(0, code, true), 1);
    expect(did(effects)).toEqual(["snapshot", "send"]);
    expect(sent(effects)).toEqual([new Uint8Array([4, 0, code.length])]);
  });

  it("insists on a gap that is refused as well, and goes on in another stream", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(nack(0, "bad_log", true), 1);
    const [gap] = connection.unacked.map((held) => held.bytes);
    expect(connection.received(nack(0, "bad_log", true), 2)).toEqual([]);
    expect(sent(connection.tick(2 + BACKOFF_FIRST_MS))).toEqual([gap]);
    expect(did(connection.received(nack(0, "bad_codec", true), 600))).toEqual(["new_stream"]);
    expect(connection.unacked.map((held) => held.bytes)).toEqual([gap]);
  });

  it("resends once on bad_hash, then puts a gap in place", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(sent(connection.received(nack(0, "bad_hash", false), 1))).toEqual([chunk(0)]);
    expect(did(connection.received(nack(0, "bad_hash", false), 2))).toEqual(["snapshot", "send"]);
  });

  it.each(["store_unavailable", "index_unavailable", "store_full"])("keeps the bytes on %s and tries again, backing off", (code) => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(nack(0, code, false), 1)).toEqual([]);
    expect(connection.tick(2)).toEqual([]);
    expect(sent(connection.tick(1 + BACKOFF_FIRST_MS))).toEqual([chunk(0)]);
  });

  it("forgets bytes that come too late", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(nack(0, "too_late", true), 1);
    expect(connection.unacked).toEqual([]);
  });

  it.each(["over_window", "too_many", "over_quota", "taken_over", "server_closing", "unknown_stream"])("comes back after the time that goes with %s", (code) => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(did(connection.received(goaway(code, true, 3_000), 1))).toEqual(["close"]);
    expect(connection.tick(3_000)).toEqual([]);
    expect(did(connection.tick(3_001 + BACKOFF_FIRST_MS))).toEqual(["open"]);
  });

  it("does not hurry past the time that the server asked for, nor wait longer than an hour", () => {
    open(connection);
    connection.received(goaway("over_quota", true, 60_000), 0);
    expect(connection.hurry(1_000)).toEqual([]);
    connection.suspend();
    expect(connection.start(2_000)).toEqual([]);
    expect(did(connection.tick(60_000))).toEqual(["open"]);
    connection.opened(60_000);
    connection.received(goaway("over_quota", true, 1e15), 60_000);
    expect(did(connection.tick(60_000 + AFTER_MOST_MS + BACKOFF_MOST_MS))).toEqual(["open"]);
  });

  it("forgets its failures after half a minute of acks, not after one", () => {
    random = 1;
    open(connection);
    const ackAt = (seq: number, now: number): void => {
      connection.keep(seq, chunk(seq), 0, now);
      connection.received(ack(seq + 1), now);
    };
    const reopen = (now: number): number => {
      connection.closed(now);
      const from = now;
      while (connection.state === "waiting") connection.tick(++now);
      connection.opened(now);
      connection.received(welcome(connection.nextSeq), now);
      return now - from;
    };
    ackAt(0, 0);
    expect(reopen(0)).toBe(500);
    ackAt(1, 1_000);
    expect(reopen(1_000)).toBe(1_000);
    ackAt(2, 3_000);
    ackAt(3, 3_000 + GOOD_MS);
    expect(reopen(3_000 + GOOD_MS)).toBe(500);
  });

  it("puts a gap in place of what twice made a bad frame", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    connection.received(goaway("bad_frame", true), 1);
    connection.tick(2_000);
    connection.opened(2_000);
    connection.received(welcome(0), 2_000);
    expect(did(connection.received(goaway("bad_frame", true), 2_001))).toContain("snapshot");
    expect(connection.unacked[0]?.bytes[0]).toBe(4);
  });

  it("passes over frames of tomorrow and of other streams", () => {
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    expect(connection.received(new Uint8Array([99, 1, 2]), 1)).toEqual([]);
    expect(connection.received(say({ kind: "ack", body: { stream: "ff".repeat(16), upto: 9 } }), 1)).toEqual([]);
    expect(connection.unacked).toHaveLength(1);
  });
});
