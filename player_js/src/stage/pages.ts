/** The pages of a session, one per stream; one of them is on show. */
import type { Assets } from "./assets";
import { Caster, type Size } from "./caster";
import { Reel } from "./reel";
import { Sanitiser } from "./sanitise";
import type { Broken, Unit } from "../stage-messages";

/** Built pages cost memory; more than this many and the one not shown for longest is torn down (its bytes stay). */
const MAX_BUILT = 4;

interface Page {
  reel: Reel;
  sanitiser: Sanitiser;
  caster: Caster | null;
  size: Size | null;
}

export interface Shown {
  isPainted: boolean;
  isBlind: boolean;
  faults: number;
  lacks: number; // stylesheets that are not here
  /** Units that turned out to be no documents. */
  broken: Broken[];
}

export class Pages {
  private readonly pages = new Map<string, Page>();
  private shown: string | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly assets: Assets,
    private readonly onSize: (stream: string, size: Size) => void,
  ) {}

  add(stream: string, units: Unit[]): void {
    this.page(stream).reel.add(units);
  }

  /** Take stylesheets, and where fonts and images are kept; pages that lacked some are built anew when they are shown next. */
  learn(sheets: [string, string][], places: [string, string][]): void {
    if (this.assets.add(sheets, places)) for (const page of this.pages.values()) page.reel.rewind();
  }

  /** Bring a stream's page to a moment. A page that cannot be built is torn down and answered for, never thrown. */
  show(stream: string, atMs: number, isPlaying: boolean, rate: number, isJump: boolean): Shown {
    const page = this.page(stream);
    try {
      return this.bring(stream, page, atMs, isPlaying, rate, isJump);
    } catch {
      this.tearDown(page);
      return { isPainted: false, isBlind: true, faults: 1, lacks: 0, broken: page.reel.takeBroken() };
    }
  }

  private bring(stream: string, page: Page, atMs: number, isPlaying: boolean, rate: number, isJump: boolean): Shown {
    const move = page.reel.move(atMs);
    if (!move) return { isPainted: false, isBlind: true, faults: 0, lacks: 0, broken: page.reel.takeBroken() };
    const caster = (page.caster ??= this.build(stream, page));
    const events = move.events.map((event) => page.sanitiser.clean(event)).filter((event) => event !== null);
    caster.cast(events, isPlaying && !isJump);
    caster.animate(isPlaying, isJump || move.restart, rate);
    if (this.shown !== stream) this.bringUp(stream, page);
    return { isPainted: true, isBlind: move.isBlind, faults: caster.faults, lacks: this.assets.lacking.size, broken: page.reel.takeBroken() };
  }

  /** Fit the page on show into the room there is, never larger than it was. */
  fit(): void {
    const page = this.shown === null ? null : this.pages.get(this.shown);
    if (!page?.caster || !page.size) return;
    const { width, height } = page.size;
    const scale = Math.min(1, this.root.clientWidth / width, this.root.clientHeight / height);
    const style = page.caster.root.style;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.transform = `translate(-50%, -50%) scale(${scale})`;
  }

  private page(stream: string): Page {
    const page = this.pages.get(stream) ?? { reel: new Reel(), sanitiser: new Sanitiser(this.assets), caster: null, size: null };
    this.pages.set(stream, page);
    return page;
  }

  private build(stream: string, page: Page): Caster {
    return new Caster(this.root, (size) => {
      page.size = size;
      this.onSize(stream, size);
      this.fit();
    });
  }

  private bringUp(stream: string, page: Page): void {
    for (const other of this.pages.values()) other.caster?.root.classList.toggle("on-show", other === page);
    this.shown = stream;
    this.pages.delete(stream); // the map's order is the order of use
    this.pages.set(stream, page);
    if (page.size) this.onSize(stream, page.size);
    this.fit();
    const built = [...this.pages.values()].filter((each) => each.caster !== null);
    for (const old of built.slice(0, Math.max(0, built.length - MAX_BUILT))) {
      this.tearDown(old);
    }
  }

  private tearDown(page: Page): void {
    page.caster?.destroy();
    page.caster = null;
    page.reel.rewind();
  }
}
