/** The app page's end of the conversation with the stage document. Origins are exact, in both directions. */
import { isMessage, type FromStage, type ToStage, type Unit } from "./stage-messages";

export interface StageSignals {
  ready(): void;
  shown(message: Extract<FromStage, { kind: "shown" }>): void;
  viewport(message: Extract<FromStage, { kind: "viewport" }>): void;
}

export class StageLink {
  isReady = false;
  /** A frame was asked for and has not been answered. */
  isBusy = false;
  private readonly origin: string;
  private readonly waiting: ToStage[] = [];
  private lastId = 0;

  constructor(
    private readonly frame: HTMLIFrameElement,
    url: string,
    private readonly signals: StageSignals,
  ) {
    this.origin = new URL(url, location.href).origin;
    addEventListener("message", this.hear);
    frame.addEventListener("load", this.greet); // before that the frame is still about:blank, of another origin
    frame.src = url;
  }

  assets(sheets: [string, string][], places: [string, string][]): void {
    this.say({ kind: "assets", sheets, places });
  }

  units(stream: string, units: Unit[]): void {
    this.say({ kind: "units", stream, units });
  }

  show(stream: string, atMs: number, isPlaying: boolean, rate: number, isJump: boolean): void {
    this.isBusy = true;
    this.lastId += 1;
    this.say({ kind: "show", id: this.lastId, stream, atMs, isPlaying, rate, isJump });
  }

  dispose(): void {
    removeEventListener("message", this.hear);
    this.frame.removeEventListener("load", this.greet);
  }

  private readonly greet = (): void => this.post({ kind: "hello" });

  private say(message: ToStage): void {
    if (this.isReady) this.post(message);
    else this.waiting.push(message);
  }

  private post(message: ToStage): void {
    const bodies = message.kind === "units" ? message.units.map((unit) => unit.body).filter((body) => body !== null) : [];
    this.frame.contentWindow?.postMessage(message, this.origin, bodies);
  }

  private readonly hear = (event: MessageEvent<unknown>): void => {
    if (event.source !== this.frame.contentWindow || event.origin !== this.origin || !isMessage(event.data)) return;
    const message = event.data as FromStage;
    if (message.kind === "ready" && !this.isReady) {
      this.isReady = true;
      for (const held of this.waiting.splice(0)) this.post(held);
      this.signals.ready();
    } else if (message.kind === "shown") {
      if (message.id === this.lastId) this.isBusy = false;
      this.signals.shown(message);
    } else if (message.kind === "viewport") this.signals.viewport(message);
  };
}
