// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { Connection, type Effect } from "../../../src/wire/connection";
import { fromHex, Kind } from "../../../src/wire/frames";
import { chunk, did, goaway, HELLO, makeConnection, nack, open, said, STREAM } from "./says";

/** What released versions really said: tests/wire/hear.py writes it down. */
const folder = resolve(process.cwd(), "tests/wire/spoken");
const versions = readdirSync(folder).filter((name) => name.endsWith(".json"));

const FIRST_KINDS: number[] = [Kind.hello, Kind.chunk, Kind.ping]; // what the server of 0.1.0 hears
const LATER = [10, 99, 255].map((kind) => Uint8Array.of(kind, 0x7b, 0x7d));

function listen(name: string, between: Uint8Array[]): { effects: Effect[]; chunks: Uint8Array[]; connection: Connection } {
  const { talk } = JSON.parse(readFileSync(resolve(folder, name), "utf8")) as { talk: ["page" | "server", string][] };
  const frames = (side: string): Uint8Array[] => talk.filter(([who]) => who === side).map(([, hex]) => fromHex(hex));
  const chunks = frames("page").filter((frame) => frame[0] === Kind.chunk);
  const stream = [...(chunks[0] as Uint8Array).subarray(20, 36)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const connection = new Connection({ stream, hello: () => HELLO, gap: () => HELLO, random: () => 0.5 });
  const effects = [...connection.start(0), ...connection.opened(0)];
  chunks.forEach((frame, seq) => effects.push(...connection.keep(seq, frame, frame[1] as number, 1)));
  for (const answer of frames("server")) {
    for (const more of between) expect(connection.received(more, 2)).toEqual([]);
    effects.push(...connection.received(answer, 2));
  }
  return { effects, chunks, connection };
}

describe.each(versions)("the server of %s", (name) => {
  it("is understood, and hears nothing that it does not know", () => {
    const { effects, chunks, connection } = listen(name, []);
    expect(effects.filter((effect) => effect.do === "acked").at(-1)).toEqual({ do: "acked", upto: chunks.length });
    expect(said(effects).filter((frame) => frame[0] === Kind.chunk)).toEqual(chunks);
    expect(said(effects).filter((frame) => !FIRST_KINDS.includes(frame[0] as number))).toEqual([]);
    expect(did(connection.end())).toContain("finished");
  });

  it("may say what only a later one knows", () => {
    expect(listen(name, LATER).effects).toEqual(listen(name, []).effects);
  });
});

describe("a later server", () => {
  const inFlight = (): Connection => {
    const connection = makeConnection(() => 0.5);
    open(connection);
    connection.keep(0, chunk(0), 0, 0);
    return connection;
  };

  it.each([true, false])("refuses for good, or not, with a code of its own: %s", (isPermanent) => {
    const connection = inFlight();
    connection.received(nack(0, "later_code", isPermanent), 1);
    expect(connection.unacked[0]?.bytes).toEqual(isPermanent ? Uint8Array.of(4, 0, "later_code".length) : chunk(0));
    expect(connection.state).toBe("open");
  });

  it("sends us away with a code of its own, until later or for good", () => {
    const until = inFlight();
    expect(did(until.received(goaway("later_code", true, 5_000), 1))).toEqual(["close"]);
    expect(until.hurry(5_000)).toEqual([]);
    expect(did(until.hurry(5_001))).toEqual(["open"]);
    expect(did(inFlight().received(goaway("later_code", false), 1))).toEqual(["close", "stop"]);
  });

  it("adds keys to what it says", () => {
    const connection = inFlight();
    const text = JSON.stringify({ stream: STREAM, upto: 1, later: { than: ["ours"] } });
    expect(did(connection.received(Uint8Array.of(Kind.ack, ...new TextEncoder().encode(text)), 1))).toEqual(["acked"]);
  });
});
