/**
 * One stream's page, rebuilt by rrweb inside its own sandboxed iframe. The only file that knows rrweb's Replayer.
 *
 * Time is ours: the replayer's timers and its virtual DOM never run. It is given one event after the other, each applied at
 * once, so a frame is the same whether it was played to or sought (its own seek applies mutations twice after a pointer move).
 */
import { Replayer } from "@rrweb/replay";
import { Source, Type, type RecordedEvent } from "./events";

const SANDBOX = "allow-same-origin";
const FLUSH = "flush"; // rrweb's signal that a run of events is over: it then moves the pointer and hovers
const CLICKS = new Set([2, 7]); // rrweb's MouseInteractions: click, touch start
const MAX_SIDE = 10_000; // recorded sizes are bounded, or a page could claim any room

/** What this file uses of the Replayer beyond its public types. */
interface Inside {
  getCastFn(event: unknown, isSync: boolean): () => void;
  emitter: { emit(signal: string): void };
}

export interface Size {
  width: number;
  height: number;
}

export class Caster {
  readonly root = document.createElement("div");
  faults = 0;
  private readonly replayer: Replayer;

  constructor(parent: HTMLElement, onSize: (size: Size) => void) {
    this.root.className = "page";
    this.root.inert = true; // neither pointer nor keyboard reaches recorded links
    parent.append(this.root);
    const first = { type: Type.DomContentLoaded, data: {}, timestamp: 0 }; // media code reads the first event's time
    this.replayer = new Replayer([first as never], {
      root: this.root,
      liveMode: true,
      useVirtualDom: false,
      UNSAFE_replayCanvas: false,
      triggerFocus: false,
      mouseTail: false,
      showWarning: true,
      logger: { ...console, warn: () => (this.faults += 1), log: () => undefined } as never,
      insertStyleRules: [
        "::-webkit-scrollbar { pointer-events: none }",
        "* { overflow-anchor: none !important }", // the page told where it scrolled; a browser that corrects it is wrong
      ],
    });
    this.replayer.on("resize", (size) => onSize(bounded(size as Size)));
    this.assertSandbox();
  }

  /** Apply events in order; `isLive` draws what only moves (a click's ring). */
  cast(events: RecordedEvent[], isLive: boolean): void {
    const inside = this.replayer as unknown as Inside;
    for (const event of events) {
      if (event.type === Type.FullSnapshot) this.clear();
      try {
        inside.getCastFn(event, true)();
      } catch {
        this.faults += 1;
      }
      if (event.type === Type.FullSnapshot) this.assertSandbox();
      if (isLive && event.type === Type.Incremental) this.ring(event);
    }
    try {
      inside.emitter.emit(FLUSH);
    } catch {
      this.faults += 1;
    }
  }

  /** Let the page's own animations run, or hold them; after a jump they are where they end. */
  animate(isPlaying: boolean, isJump: boolean, rate: number): void {
    const page = this.replayer.iframe.contentDocument;
    page?.documentElement?.classList.toggle("rrweb-paused", !isPlaying);
    if (!page || !isJump) return;
    for (const animation of page.getAnimations()) {
      try {
        if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
        animation.playbackRate = rate;
      } catch {
        this.faults += 1; // an animation without an end
      }
    }
  }

  destroy(): void {
    this.replayer.destroy();
    this.root.remove();
  }

  /** A document that is opened anew keeps the sheets that it had adopted. */
  private clear(): void {
    this.assertSandbox();
    const page = this.replayer.iframe.contentDocument;
    if (page) page.adoptedStyleSheets = [];
  }

  private ring(event: RecordedEvent): void {
    if (event.data?.source !== Source.MouseInteraction || !CLICKS.has(event.data.type)) return;
    const pointer = this.root.querySelector<HTMLElement>(".replayer-mouse");
    pointer?.classList.remove("active");
    void pointer?.offsetWidth; // the animation begins anew
    pointer?.classList.add("active");
  }

  /** Recorded content is built in this sandbox or not at all. */
  private assertSandbox(): void {
    if (this.replayer.iframe.getAttribute("sandbox") !== SANDBOX) throw new Error("the stage lost its sandbox");
  }
}

function bounded({ width, height }: Size): Size {
  const side = (value: number): number => Math.min(MAX_SIDE, Math.max(1, Math.round(Number(value) || 1)));
  return { width: side(width), height: side(height) };
}
