/** The window of one socket under its process' pressure. Twin of replay/wire/narrowing.py. */
import type { Window } from "./frames";

const STEPS = 4; // few, so that a small change of pressure says nothing to anybody

export class Narrowing {
  private openSteps = STEPS;
  private toldSteps = STEPS;

  constructor(
    private readonly widestBytes: number,
    private readonly widestChunks: number,
  ) {}

  get isNews(): boolean {
    return this.openSteps !== this.toldSteps;
  }

  /** Follow the pressure (0 … 1); say whether to tell the page at once: when the window closes, or opens again. */
  press(level: number): boolean {
    this.openSteps = Math.floor((1 - Math.min(1, Math.max(0, level))) * STEPS + 0.5);
    return (this.openSteps === 0) !== (this.toldSteps === 0);
  }

  /** The window that the page will know from now on. */
  tell(): Window {
    this.toldSteps = this.openSteps;
    return {
      window_bytes: Math.floor((this.widestBytes * this.openSteps) / STEPS),
      window_chunks: Math.ceil((this.widestChunks * this.openSteps) / STEPS),
    };
  }
}
