// @vitest-environment node
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkChunk, checkHello } from "../../../src/wire/checks";
import { Connection, type Effect } from "../../../src/wire/connection";
import { Flag, fromHex, Kind, toHex } from "../../../src/wire/frames";
import { ServerConnection, type Command } from "../../../src/wire/server";

/* eslint-disable @typescript-eslint/no-explicit-any -- golden files are read as they are */
const found = JSON.parse(readFileSync(resolve(process.cwd(), "replay/wire/vectors/conversations.json"), "utf8"));
const each = (side: "page" | "server"): [string, any][] => found[side].map((talk: any) => [talk.name, talk]);

const text = (said: string): Uint8Array => new TextEncoder().encode(said);
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const zeros = (length: number): Uint8Array => new Uint8Array(length);

function showFrame(frame: Uint8Array): unknown {
  if (frame[0] === Kind.chunk || frame[1] !== 0x7b) return toHex(frame);
  return { kind: frame[0], json: JSON.parse(new TextDecoder().decode(frame.subarray(1))) };
}

const frameOf = (said: any): Uint8Array => (typeof said === "string" ? fromHex(said) : join(Uint8Array.of(said.kind), text(JSON.stringify(said.json))));

const named = new Map<string, Uint8Array>(
  Object.entries(found.frames as Record<string, [string, number]>).map(([name, [hex, padding]]) => [name, join(fromHex(hex), zeros(padding))]),
);

function showEffect(effect: Effect): unknown {
  switch (effect.do) {
    case "send":
      return { send: showFrame(effect.frame) };
    case "post":
      return { post: effect.frames.map(showFrame) };
    case "acked":
      return { acked: effect.upto };
    case "stop":
      return { stop: effect.code };
    default:
      return effect.do;
  }
}

function callPage(core: Connection, call: any): Effect[] {
  const now = call.now ?? 0;
  switch (call.call) {
    case "keep":
      return core.keep(call.seq, fromHex(call.frame), call.flags, now);
    case "restore":
      core.restore(call.seq, fromHex(call.frame), call.flags);
      return [];
    case "give_up":
      core.giveUp(call.seq, call.reason);
      return [];
    case "received":
      return core.received(frameOf(call.frame), now);
    case "posted":
      return core.posted(call.frames?.map(frameOf) ?? null, now);
    default:
      return core[call.call as "start" | "opened" | "closed" | "tick" | "hurry" | "suspend" | "end"](now);
  }
}

function showCommand(command: Command): unknown {
  switch (command.do) {
    case "send": {
      const { refused } = command;
      return { send: showFrame(command.frame), ...(refused && { refused: [refused.code, refused.stream, refused.seq] }) };
    }
    case "admit":
      return { admit: command.hello.stream };
    case "keep":
      return { keep: [command.chunk.stream, command.chunk.seq] };
    case "close":
      return { close: command.code };
    case "clock":
      return { clock: { stream: command.stream, offset_ms: command.offset_ms, rtt_ms: command.rtt_ms } };
    default:
      return command satisfies never;
  }
}

const frame = (name: string): Uint8Array => named.get(name) as Uint8Array;

function callServer(core: ServerConnection, call: any): Command[] {
  switch (call.call) {
    case "receive":
      return core.receive(join(named.get(call.frame) ?? frameOf(call.frame), zeros(call.pad)), call.now);
    case "admitted":
      return core.admitted(checkHello(frame(call.hello)), call.next_seq, call.now);
    case "settled":
      return core.settled(call.outcomes.map(([name, code, nextSeq]: any) => ({ chunk: checkChunk(frame(name)), code, nextSeq })));
    case "refuse":
      return core.refuse(call.code, call.after_ms);
    case "taken_over":
      return core.takenOver(call.stream);
    default:
      return core.press(call.level);
  }
}

describe("the golden conversations that Python wrote", () => {
  it.each(each("page"))("the page answers: %s", (_name, talk) => {
    let at = 0;
    const core = new Connection({
      stream: "00112233445566778899aabbccddeeff",
      hello: () => text("\x01hello"),
      gap: (held, reason, body) => join(Uint8Array.of(3, Flag.gap, 0, 1), text(`${held.seq} ${reason} ${body}`)),
      random: () => talk.random[at++ % talk.random.length],
    });
    talk.calls.forEach((call: any, index: number) => {
      const effects = callPage(core, call).map(showEffect);
      const held = core.unacked.map((one) => one.seq);
      const answer = { effects, state: core.state, held, ...(core.codecs.length > 0 && { codecs: core.codecs }) };
      expect({ call, answer }).toEqual({ call, answer: talk.answers[index] });
    });
  });

  it.each(each("server"))("the server answers: %s", (_name, talk) => {
    const core = new ServerConnection(...((talk.window ?? []) as []));
    talk.calls.forEach((call: any, index: number) => {
      expect({ call, answer: callServer(core, call).map(showCommand) }).toEqual({ call, answer: talk.answers[index] });
    });
  });
});
