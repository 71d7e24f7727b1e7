/** Bugs planted on purpose: a simulation that does not find each of them is worth nothing. */
import type { Connection } from "../../src/wire/connection";
import type { Held } from "../../src/wire/flight";
import { Flag, parseFrame, serializeChunk, type Welcome } from "../../src/wire/frames";
import type { Bugs } from "./play";

/* eslint-disable @typescript-eslint/no-explicit-any -- a plant reaches into what is private */
const inside = (connection: Connection): any => connection;

/** The same chunk, numbered again with other bytes. */
function renumber(held: Held): void {
  const frame = parseFrame(held.bytes);
  if (frame.kind === "chunk") held.bytes = serializeChunk({ ...frame.body, monoMs: frame.body.monoMs + 1 }, frame.body.dom, frame.body.log);
}

function resumeOffByOne(connection: Connection): void {
  const core = inside(connection);
  const welcomed = core.welcomed.bind(core);
  core.welcomed = (welcome: Welcome, now: number) => {
    core.flight.settle(welcome.next_seq + 1);
    return welcomed(welcome, now);
  };
}

function gapThatLoops(connection: Connection): void {
  const { losses, flight } = inside(connection);
  const refused = losses.refused.bind(losses);
  losses.refused = (one: Held, code: string, isPermanent: boolean, now: number) => {
    if (!(one.flags & Flag.gap) || code !== "conflict") return refused(one, code, isPermanent, now);
    flight.replace(one, losses.makeGap(one, code, "both"), one.flags);
    return { wishes: [], isTransient: false };
  };
}

function windowIgnored(connection: Connection): void {
  inside(connection).flight.narrow = () => undefined;
}

function gapBeforeTheAnswer(connection: Connection): void {
  const { losses, flight } = inside(connection);
  connection.giveUp = (seq, reason) => {
    const one = flight.find(seq);
    if (one) losses.replace(one, reason);
    return true;
  };
}

function stormsOnAck(connection: Connection): void {
  const { backoff } = inside(connection).road;
  backoff.next = () => 0;
}

function deafToSilence(connection: Connection): void {
  inside(connection).heartbeat.isDead = () => false;
}

function forgetsToResend(connection: Connection): void {
  inside(connection).losses.refused = () => ({ wishes: [], isTransient: true });
}

export const PLANTS: Readonly<Record<string, Bugs>> = {
  "resume off by one": { core: resumeOffByOne },
  "a seq reused with other bytes after page hide": { onHide: (_, held) => held.slice(-1).forEach(renumber) },
  "a gap chunk that loops on a conflict": { core: gapThatLoops },
  "an ack that quotes a seq beyond a hole": { ackBeyondHole: true },
  "a welcome above what is kept": { welcomeAbove: true },
  "a window that is ignored": { core: windowIgnored },
  "a gap that takes the place of bytes whose answer is due": { core: gapBeforeTheAnswer },
  "no waiting between tries": { core: stormsOnAck },
  "a half-open socket that nobody notices": { core: deafToSilence },
  "refused bytes that are not sent again": { core: forgetsToResend },
};
