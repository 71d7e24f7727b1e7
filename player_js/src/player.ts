/** The player without its looks: joins loader, clock, machine, timeline and stage, and says all it knows through signals. */
import { batch, computed, signal } from "@preact/signals";
import { Api, ApiError, type MomentPage } from "./api";
import { Assets } from "./assets";
import { Clock } from "./clock";
import { Known } from "./known";
import { Live } from "./live";
import { Loader, type Lost } from "./loader";
import { Logbook } from "./logbook";
import { next, type Signal, type Situation } from "./machine";
import { linkedMs, streamOf, type Manifest, type StreamRow } from "./manifest";
import { mergeRows, momentRows, type Row } from "./rows";
import { StageLink } from "./stage-link";
import type { Broken } from "./stage-messages";
import { words } from "./strings";
import { Timeline, type GapSpan } from "./timeline";
import type { Activity } from "./timeline-picture";

export const RATES = [0.5, 1, 2, 4, 8, 16] as const;

/** A skip is announced for this long, so that a viewer may stay. */
const SKIP_NOTICE_MS = 2_000;
/** How near to the end of a live session counts as live; the recorder sends about every second. */
const LIVE_EDGE_MS = 4_000;
const LIVE_DELAY_MS = 2_000;
/** The clock is shown this often; the stage follows every frame. */
const SHOW_TIME_MS = 100;

/** Moments are marks and rows; more of them than this nobody looks through. */
const MOST_MOMENT_PAGES = 10;

/** The stage document answers at once, or it is blocked: another origin than configured, or a proxy that adds headers. */
const STAGE_MS = 15_000;

/** A page is not shown without its stylesheets before this long. */
const LOOKS_MS = 4_000;

class StageSilent extends Error {
  constructor(url: string) {
    super(words.stageSilent(new URL(url, location.href).origin));
  }
}

export interface PlayerOptions {
  api: string;
  stage: string;
  project: string;
  session: string;
  /** On the stream's clock when `stream` is given, else on the server's; null plays from the start. */
  at: number | null;
  stream: string | null;
  event: string | null;
}

export interface Viewport {
  width: number;
  height: number;
}

export class Player {
  readonly situation = signal<Situation>({ state: "loading", wantsPlay: false });
  readonly timeline = signal<Timeline | null>(null);
  readonly timeMs = signal(0);
  readonly rate = signal(1);
  readonly skipsIdle = signal(true);
  readonly pinnedWindow = signal<string | null>(null);
  readonly stream = signal<StreamRow | null>(null);
  readonly viewport = signal<Viewport | null>(null);
  readonly rows = signal<Row[]>([]);
  /** What the person did, second by second; empty until the logs are here. */
  readonly activity = signal<Activity[]>([]);
  readonly selected = signal<string | null>(null);
  readonly gap = signal<GapSpan | null>(null);
  readonly skipInS = signal<number | null>(null);
  readonly readyUntilMs = signal(0);
  readonly failure = signal<string | null>(null);
  readonly firstFrameAt = signal<number | null>(null);
  readonly faults = signal(0);
  readonly isLogBounded = signal(false);
  readonly isMomentBounded = signal(false);
  /** The session is longer than the list can hold. */
  readonly isPartial = computed(() => this.isLogBounded.value || this.isMomentBounded.value || (this.timeline.value?.manifest.truncated.length ?? 0) > 0);
  readonly isLive = computed(() => this.timeline.value?.manifest.is_live ?? false);
  readonly isAtLive = computed(() => this.isLive.value && (this.timeline.value?.endMs ?? 0) - this.timeMs.value < LIVE_EDGE_MS);
  /** At the end of a session that does not go on, whether it was played or sought to. */
  readonly isOver = computed(() => {
    const { state, wantsPlay } = this.situation.value;
    const isAtEnd = this.timeMs.value >= (this.timeline.value?.endMs ?? Infinity);
    return state === "ended" || (isAtEnd && !this.isLive.value && state === "paused" && !wantsPlay);
  });
  readonly api: Api;

  private readonly clock = new Clock(() => performance.now(), 0);
  private readonly loader: Loader;
  private readonly live: Live;
  private readonly assets: Assets;
  private link: StageLink | null = null;
  private isJump = true;
  private looked: { atMs: number; stream: string }[] = [];
  private told: Manifest | null = null; // what the server said last
  private readonly known = new Known();
  private readonly logbook = new Logbook();
  private hasAskedMoments = false;
  private idleToSkip: { startMs: number; noticedAt: number } | null = null;
  private stayedAt: number | null = null;
  private frame = 0;
  private stageTimer: ReturnType<typeof setTimeout> | undefined;
  private lastSaid = 0;
  private askedMs = -1;

  constructor(readonly options: PlayerOptions) {
    this.api = new Api(options.api, options.project, options.session);
    const source = {
      chunks: (...range: Parameters<Api["chunks"]>) => this.api.chunks(...range),
      segment: (...asked: Parameters<Api["segment"]>) => this.api.segment(...asked),
      rows: (...range: Parameters<Api["rows"]>) => this.api.rows(...range),
      reload: () => this.reload(),
    };
    this.loader = new Loader(source, {
      units: (stream, units) => this.link?.units(stream.id, units),
      log: (stream, events) => {
        this.logbook.add(stream, events);
        this.noteLog();
      },
      rows: (stream, rows) => {
        this.known.addRows(stream.id, rows);
        this.refresh();
      },
      lost: (stream, lost) => this.noteLost(stream, lost),
      fed: () => {
        this.noteReady();
        this.isLogBounded.value = this.loader.isLogBounded;
      },
      failed: (error) => this.fail(error),
    });
    this.assets = new Assets(this.api, (sheets, places) => {
      this.link?.assets(sheets, places);
      if (sheets.length > 0) this.isJump = true; // the frame on show may have lacked them
    });
    this.live = new Live(this.api.liveUrl, () => this.api.newManifest(this.clock.read()), (manifest) => this.update(manifest));
  }

  /** Begin: the stage document and the manifest load side by side. */
  open(frame: HTMLIFrameElement): void {
    this.link = new StageLink(frame, this.options.stage, {
      ready: () => undefined,
      shown: (shown) => {
        this.faults.value = shown.faults;
        if (shown.isPainted) this.noteFirstFrame();
        for (const broken of shown.broken) this.noteBroken(shown.stream, broken);
        if (shown.lacks) this.assets.again();
        this.loader.release();
        void this.loadMoments();
      },
      viewport: ({ stream, width, height }) => {
        if (stream === this.stream.value?.id) this.viewport.value = { width, height };
      },
    });
    void this.load();
    this.frame = requestAnimationFrame(this.tick);
    this.stageTimer = setTimeout(() => this.link?.isReady || this.fail(new StageSilent(this.options.stage)), STAGE_MS);
  }

  play(): void {
    if (this.isOver.value && !this.isLive.value) this.seek(this.timeline.value?.startMs ?? 0);
    this.send("play");
  }

  pause(): void {
    this.send("pause");
  }

  toggle(): void {
    if (this.situation.value.wantsPlay) this.pause();
    else this.play();
  }

  /** Go to a moment on the server's clock. */
  seek(ms: number, isPinned = false): void {
    const timeline = this.timeline.value;
    if (!timeline) return;
    const atMs = timeline.clamp(ms);
    this.clock.set(atMs);
    this.isJump = true;
    this.stayedAt = null;
    if (!isPinned) this.selected.value = null;
    this.send("seek");
    this.say(atMs);
  }

  /** Go to a row: its own stream is what one wants to see. */
  seekToRow(row: Row): void {
    this.looked = [...this.looked.filter((look) => look.atMs !== row.atMs), { atMs: row.atMs, stream: row.stream }];
    const manifest = this.timeline.value?.manifest;
    const pinned = this.pinnedWindow.value;
    if (manifest && pinned && streamOf(manifest, row.stream)?.window !== pinned) this.pinnedWindow.value = null;
    if (manifest) this.timeline.value = new Timeline(manifest, this.looked);
    this.selected.value = row.key;
    this.seek(row.atMs, true);
  }

  step(ms: number): void {
    this.seek(this.clock.read() + ms);
  }

  goLive(): void {
    this.seek((this.timeline.value?.endMs ?? 0) - LIVE_DELAY_MS);
    this.play();
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    this.clock.setRate(rate);
  }

  pinWindow(window: string | null): void {
    this.pinnedWindow.value = window;
    this.isJump = true;
    this.send("seek");
  }

  /** Stay in the idle span that was about to be skipped. */
  stay(): void {
    this.stayedAt = this.idleToSkip?.startMs ?? null;
    this.idleToSkip = null;
    this.skipInS.value = null;
  }

  retry(): void {
    this.failure.value = null;
    this.send("retry");
    if (this.timeline.value) {
      this.send("opened");
      this.loader.retry();
    } else void this.load();
  }

  /** The link that opens this very moment; the recorder's clock, so that it survives a corrected offset. */
  linkAt(ms: number): string {
    const { project, session } = this.options;
    const stream = this.timeline.value?.streamAt(ms, this.pinnedWindow.value);
    const at = Math.round(ms - (stream?.clock_offset_ms ?? 0));
    return `${location.origin}/s/${project}/${session}?at=${at}${stream ? `&stream=${stream.id}` : ""}`;
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.stageTimer);
    this.loader.stop();
    this.live.stop();
    this.assets.stop();
    this.link?.dispose();
  }

  private async load(): Promise<void> {
    try {
      const looks = this.assets.load();
      const manifest = await this.api.manifest(this.options.at, this.options.stream);
      await Promise.race([looks, new Promise((resolve) => setTimeout(resolve, LOOKS_MS))]);
      const { at, stream, event } = this.options;
      const startMs = at === null ? manifest.start_ms : linkedMs(manifest, at, stream);
      if (at !== null) this.looked = [{ atMs: startMs, stream: stream ?? "" }];
      this.clock.set(startMs);
      batch(() => {
        this.update(manifest);
        this.timeMs.value = startMs;
        this.situation.value = { state: "loading", wantsPlay: at === null };
        if (event) this.selected.value = this.rows.value.find((row) => row.id === event && (!stream || row.stream === stream))?.key ?? null;
      });
      this.send("opened");
      this.live.start(manifest);
    } catch (error) {
      this.fail(error);
    }
  }

  private update(manifest: Manifest): void {
    this.told = manifest;
    this.refresh();
  }

  /** Read the manifest again: something moved. */
  private async reload(): Promise<void> {
    const manifest = await this.api.newManifest(this.clock.read());
    if (manifest) this.update(manifest);
  }

  /** Show what the manifest says, and what was learned beside it. */
  private refresh(): void {
    if (!this.told) return;
    const manifest = this.known.fill(this.told);
    const timeline = new Timeline(manifest, this.looked);
    this.timeline.value = timeline;
    this.rows.value = mergeRows(momentRows(manifest), this.logbook.rows);
    this.loader.update(timeline);
    this.noteReady();
    if (this.situation.value.state === "ended" && this.clock.read() < timeline.endMs) this.send("edge"); // it went on
  }

  private noteLog(): void {
    this.activity.value = this.logbook.activity;
    const manifest = this.timeline.value?.manifest;
    this.rows.value = mergeRows(manifest ? momentRows(manifest) : [], this.logbook.rows);
  }

  private noteLost(stream: StreamRow, { seq, upto, startMs, endMs, reason, body }: Lost): void {
    if (body === "log") {
      this.logbook.addLost(stream, seq, startMs, reason);
      return this.noteLog();
    }
    this.known.addGap({ stream: stream.id, first_seq: seq, last_seq: upto - 1, start_ms: startMs, end_ms: endMs, reason, body });
    this.isJump = true; // the frame on show may have hoped for these bytes
    this.refresh();
  }

  /** The stage could not read a unit. */
  private noteBroken(id: string, { seq, upto }: Broken): void {
    const stream = this.timeline.value && streamOf(this.timeline.value.manifest, id);
    const unit = this.timeline.value?.unitsOf(id).find((each) => each.seq <= seq && upto <= each.upto);
    if (stream && unit) this.noteLost(stream, { ...unit, seq, upto, reason: "not_decodable", body: "dom" });
  }

  /** The moments that did not fit into the manifest, once the first frame is out. */
  private async loadMoments(): Promise<void> {
    if (this.hasAskedMoments || !this.told?.moments_truncated) return;
    this.hasAskedMoments = true;
    try {
      let cursor: string | null = "";
      for (let page = 0; cursor !== null && page < MOST_MOMENT_PAGES; page += 1) {
        const answer: MomentPage = await this.api.moments(cursor);
        this.known.addMoments(answer.items);
        cursor = answer.next_cursor;
        this.refresh();
      }
      this.isMomentBounded.value = cursor !== null;
    } catch {
      this.hasAskedMoments = false; // the next frame asks again
    }
  }

  private readonly tick = (): void => {
    this.frame = requestAnimationFrame(this.tick);
    const timeline = this.timeline.value;
    if (!timeline || this.situation.value.state === "loading" || this.situation.value.state === "failed") return;
    const atMs = this.advance(timeline);
    const stream = timeline.streamAt(atMs, this.pinnedWindow.value);
    if (!stream) return;
    if (stream !== this.stream.value) this.changeStream(stream);
    this.gap.value = timeline.gapAt(atMs, stream.id);
    if (Math.abs(atMs - this.askedMs) > 500 || this.isJump) {
      this.askedMs = atMs;
      this.loader.aim(stream, atMs);
      this.noteReady();
    }
    if (!this.loader.isReady(stream, atMs)) this.send("starved");
    else {
      if (this.situation.value.state === "buffering") this.send("fed");
      this.show(stream, atMs);
    }
    if (performance.now() - this.lastSaid > SHOW_TIME_MS) this.say(atMs);
  };

  /** Move the clock: to the end at most, over idle spans when the viewer wants that. */
  private advance(timeline: Timeline): number {
    const atMs = this.clock.read();
    if (atMs >= timeline.endMs) {
      if (this.clock.isRunning) this.send(this.isLive.value ? "edge" : "end");
      if (!this.isLive.value && this.situation.value.state === "waiting") this.send("end");
      this.clock.set(timeline.endMs);
      return timeline.endMs;
    }
    if (this.situation.value.state === "waiting" && timeline.endMs - atMs > 0) this.send("fed");
    return this.clock.isRunning ? this.skip(timeline, atMs) : atMs;
  }

  private skip(timeline: Timeline, atMs: number): number {
    const idle = this.skipsIdle.value ? timeline.idleAt(atMs) : null;
    const isWorthIt = idle && idle.endMs - atMs > SKIP_NOTICE_MS * this.rate.value && this.stayedAt !== idle.startMs;
    if (!idle || !isWorthIt || (this.isLive.value && idle.endMs >= timeline.endMs)) {
      this.idleToSkip = null;
      this.skipInS.value = null;
      return atMs;
    }
    if (this.idleToSkip?.startMs !== idle.startMs) this.idleToSkip = { startMs: idle.startMs, noticedAt: performance.now() };
    const leftMs = SKIP_NOTICE_MS - (performance.now() - this.idleToSkip.noticedAt);
    this.skipInS.value = Math.max(0, Math.ceil(leftMs / 1000));
    if (leftMs > 0) return atMs;
    this.skipInS.value = null;
    this.idleToSkip = null;
    this.isJump = true;
    this.clock.set(idle.endMs);
    return idle.endMs;
  }

  private show(stream: StreamRow, atMs: number): void {
    if (!this.link || (this.link.isBusy && !this.isJump)) return;
    const isPlaying = this.clock.isRunning;
    if (!isPlaying && !this.isJump && this.shownMs === atMs) return;
    this.shownMs = atMs;
    this.link.show(stream.id, atMs - stream.clock_offset_ms, isPlaying, this.rate.value, this.isJump);
    this.isJump = false;
  }

  private shownMs = -1;

  private changeStream(stream: StreamRow): void {
    if (stream.id !== this.stream.value?.id) {
      this.isJump = true;
      this.viewport.value = stream.viewport;
    }
    this.stream.value = stream;
  }

  private say(atMs: number): void {
    this.lastSaid = performance.now();
    this.timeMs.value = atMs;
  }

  private noteReady(): void {
    const stream = this.stream.value;
    if (stream) this.readyUntilMs.value = this.loader.readyUntil(stream, this.clock.read());
  }

  private noteFirstFrame(): void {
    if (this.firstFrameAt.value !== null) return;
    this.firstFrameAt.value = performance.mark("playhead:first-frame").startTime;
  }

  private send(what: Signal): void {
    const before = this.situation.value;
    const after = next(before, what);
    if (after.state !== before.state || after.wantsPlay !== before.wantsPlay) this.situation.value = after;
    if (after.state === "playing") this.clock.start();
    else this.clock.stop();
    if (before.state === "playing" && after.state === "paused") this.shownMs = -1; // tell the stage to hold still
  }

  private fail(error: unknown): void {
    this.failure.value = error instanceof ApiError || error instanceof StageSilent ? error.message : null;
    this.send("failed");
  }
}
