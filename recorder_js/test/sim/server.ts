/** Web processes: the real server core on each socket, packs that commit together, and sudden deaths. */
import type { Chunk } from "../../src/wire/frames";
import { MAX_BEACON_BYTES, MAX_BEACON_FRAMES } from "../../src/wire/limits";
import type { Code } from "../../src/wire/refusals";
import { ServerConnection, type Command, type Outcome } from "../../src/wire/server";
import type { Store } from "./store";
import type { World } from "./world";

export const WINDOW_BYTES = 1_200;
export const WINDOW_CHUNKS = 6;

/** One conversation on a process, over whichever road. */
export class Talk {
  readonly core: ServerConnection;
  pending = 0; // chunks that wait for their pack
  isGone = false;

  constructor(
    readonly process: Process,
    private readonly answer: (frame: Uint8Array) => void,
    private readonly onClose: () => void,
    private readonly isBeacon = false,
  ) {
    this.core = isBeacon ? new ServerConnection(MAX_BEACON_BYTES, MAX_BEACON_FRAMES) : new ServerConnection(WINDOW_BYTES, WINDOW_CHUNKS);
    if (!isBeacon) this.run(this.core.press(process.pressure));
  }

  hear(frame: Uint8Array): void {
    if (!this.isGone) this.run(this.core.receive(frame, this.process.world.now));
  }

  run(commands: Command[]): void {
    for (const command of commands) {
      if (this.isGone) return;
      if (command.do === "send") {
        if (command.refused?.code === "over_window") this.process.world.broken("an honest page was over its window");
        this.answer(command.frame);
      } else if (command.do === "keep") this.process.pack(this, command.chunk);
      else if (command.do === "close") this.onClose();
      else if (command.do === "admit") {
        const { hello } = command;
        if (this.process.store.isErased(hello.stream)) this.run(this.core.refuse("erased", 0, hello.stream));
        else {
          if (!this.isBeacon) this.process.speaks(hello.stream, this);
          this.run(this.core.admitted(hello, this.process.store.welcomeSeq(hello.stream), this.process.world.now));
        }
      }
    }
  }
}

export class Process {
  pressure = 0;
  private readonly talks = new Set<Talk>();
  private readonly speakers = new Map<string, Talk>();
  private waiting: { talk: Talk; chunk: Chunk }[] = [];
  private life = 0;

  constructor(
    readonly world: World,
    readonly store: Store,
  ) {}

  open(answer: (frame: Uint8Array) => void, onClose: () => void): Talk {
    const talk = new Talk(this, answer, onClose);
    this.talks.add(talk);
    return talk;
  }

  /** Answer a beacon: all its frames at once, after the last outcome; null where the process died. */
  post(frames: readonly Uint8Array[], done: (answer: Uint8Array[] | null) => void): void {
    const answer: Uint8Array[] = [];
    const life = this.life;
    const talk = new Talk(this, (frame) => answer.push(frame), () => undefined, true);
    for (const frame of frames) if (!talk.core.isOver) talk.hear(frame);
    const settle = (): void => {
      if (life !== this.life) done(null);
      else if (talk.pending === 0) done(answer);
      else this.world.in(50, settle);
    };
    settle();
  }

  /** An older socket of this process that spoke for the stream is let go. */
  speaks(stream: string, talk: Talk): void {
    const older = this.speakers.get(stream);
    this.speakers.set(stream, talk);
    if (older && older !== talk) older.run(older.core.takenOver(stream));
  }

  leave(talk: Talk): void {
    talk.isGone = true;
    this.talks.delete(talk);
  }

  /** Gather chunks of all sockets for a moment, then commit them together. */
  pack(talk: Talk, chunk: Chunk): void {
    talk.pending++;
    if (this.waiting.push({ talk, chunk }) > 1) return;
    const life = this.life;
    this.world.in(this.world.between(5, 120), () => {
      if (life === this.life) this.commit();
    });
  }

  press(level: number): void {
    this.pressure = level;
    for (const talk of this.talks) talk.run(talk.core.press(level));
  }

  sendAway(code: Code, afterMs: number): void {
    for (const talk of [...this.talks]) talk.run(talk.core.refuse(code, afterMs));
  }

  /** kill -9: what is not committed is gone; what is committed may never be acked. */
  kill(): void {
    if (this.world.chance(0.5)) for (const { chunk } of this.waiting) this.store.keep(chunk); // committed, and then killed
    this.life++;
    this.waiting = [];
    this.speakers.clear();
    for (const talk of [...this.talks]) {
      talk.isGone = true;
      this.world.in(this.world.between(0, 30), () => talk.process.drop(talk));
    }
  }

  drop: (talk: Talk) => void = () => undefined; // the network tells the page's end

  private commit(): void {
    const pack = this.waiting;
    this.waiting = [];
    const outcomes = new Map<Talk, Outcome[]>();
    for (const { talk, chunk } of pack.sort((one, other) => one.chunk.seq - other.chunk.seq)) {
      talk.pending--;
      const found = this.store.keep(chunk);
      outcomes.set(talk, [...(outcomes.get(talk) ?? []), { chunk, ...found }]);
    }
    for (const [talk, found] of outcomes) {
      const next = this.store.nextSeq((found[0] as Outcome).chunk.stream); // as it stands after the commit
      talk.run(talk.core.settled(found.map((one) => ({ ...one, nextSeq: one.nextSeq === null ? null : next }))));
    }
  }
}
