/** Play a schedule, heal everything, and look at what is left. */
import { Network } from "./network";
import { Page, Stream, type Plant } from "./page";
import type { Schedule, Step } from "./schedule";
import { Process } from "./server";
import { Store, type StoreBugs } from "./store";
import { World } from "./world";

export interface Bugs extends StoreBugs {
  core?: Plant;
  onHide?: Plant;
}

const HEALING_MS = 4 * 3_600_000; // virtual: patience and after_ms included
const FRAMES_A_CHUNK = 60; // while things go wrong, each chunk may be sent so often; measured, the worst is far below
const FRAMES_A_MINUTE = 60; // sockets, pings, hellos

class Run {
  readonly world: World;
  readonly store: Store;
  readonly processes: Process[];
  readonly net: Network;
  readonly streams: Stream[] = [];
  readonly pages: Page[] = [];
  private mine!: Page; // the page that is open

  constructor(
    schedule: Schedule,
    private readonly bugs: Bugs,
  ) {
    this.world = new World(schedule.seed);
    this.store = new Store(this.world, bugs);
    this.store.isStrict = schedule.isStrict;
    this.processes = [new Process(this.world, this.store), new Process(this.world, this.store)];
    this.net = new Network(this.world, this.processes);
    this.net.latencyMs = schedule.latencyMs;
    this.begin();
  }

  step(step: Step): void {
    const { world, net, store, processes, mine } = this;
    switch (step.do) {
      case "wait":
        return world.runUntil(world.now + step.ms);
      case "cut":
        for (let i = 0; i < step.times; i++) this.mine.cut(step.kind);
        return;
      case "break":
        return net.breakAll(step.how);
      case "network":
        net.isUp = step.isUp;
        return step.isUp ? undefined : net.breakAll("half_open");
      case "sockets":
        net.areSocketsBlocked = step.areBlocked;
        return step.areBlocked ? net.breakAll("lost") : undefined;
      case "kill":
        return processes[step.process]?.kill();
      case "store":
        store.fault = step.fault;
        return;
      case "press":
        for (const process of processes) process.press(step.level);
        return;
      case "send_away":
        for (const process of processes) process.sendAway(step.code, step.afterMs);
        return;
      case "hide":
        return mine.hide();
      case "show":
        return mine.show();
      case "away":
        mine.hide();
        world.runUntil(world.now + step.ms);
        mine.giveUpOldest();
        return mine.show();
      case "hurry":
        return mine.hurry();
      case "give_up":
        return mine.giveUpOldest();
      case "corrupt":
        net.corruptNext = true;
        return;
      case "die":
        mine.die();
        this.drain(mine.stream);
        return this.begin();
      case "drain":
        return this.drain(mine.stream); // by another tab, which takes a page that lives for dead
      case "erase":
        return store.erase(mine.stream.id);
      default:
        return step satisfies never;
    }
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    const { world, net, store, processes } = this;
    world.isHealed = true;
    [net.isUp, net.areSocketsBlocked, net.corruptNext, net.latencyMs] = [true, false, false, 50];
    store.fault = null;
    for (const process of processes) process.press(0);
    for (const page of this.pages) if (page.isAlive) page.end();
  }

  isDone(): boolean {
    return this.pages.every((page) => page.isDone);
  }

  /** Every number of every stream is kept, as numbered or as a named gap. */
  check(): void {
    for (const stream of this.streams) {
      if (this.store.isErased(stream.id) || stream.isForsaken) continue;
      for (let seq = 0; seq < stream.count; seq++) {
        const kept = this.store.get(stream.id, seq);
        if (!kept) this.world.broken(`${seq} of ${stream.count} is missing, and no gap says so`);
        const isTrue = kept.isGap ? stream.gaps.get(seq)?.has(kept.hash) : stream.numbered.get(seq) === kept.hash;
        if (!isTrue) this.world.broken(`${seq} is kept with other bytes`);
      }
    }
  }

  private begin(): void {
    const stream = new Stream(this.streams.length.toString(16).padStart(32, "0"));
    this.streams.push(stream);
    const page: Page = new Page(this.world, this.net, this.store, stream, this.bugs, () => {
      if (this.mine !== page) return;
      this.begin();
      page.end();
    });
    this.pages.push(page);
    this.mine = page;
    page.start();
    if (this.world.isHealed) page.end();
  }

  private drain(stream: Stream): void {
    const page = new Page(this.world, this.net, this.store, stream, this.bugs);
    this.pages.push(page);
    page.adopt();
  }
}

/** Play it; throws Broken where a promise is. Returns how many frames the pages sent. */
export function play(schedule: Schedule, bugs: Bugs = {}): number {
  const run = new Run(schedule, bugs);
  const cuts = schedule.steps.reduce((sum, step) => sum + (step.do === "cut" ? step.times : 0), 5);
  const minutes = schedule.steps.reduce((sum, step) => sum + ("ms" in step ? step.ms : 0), 0) / 60_000;
  run.world.mostFrames = 200 + cuts * FRAMES_A_CHUNK + minutes * FRAMES_A_MINUTE;
  for (const step of schedule.steps) run.step(step);
  run.heal();
  const healedAt = run.world.now;
  run.world.mostFrames += 400;
  run.world.runUntil(healedAt + HEALING_MS, () => run.isDone());
  if (!run.isDone()) run.world.broken("some page never finished");
  run.check();
  return run.world.frames;
}
