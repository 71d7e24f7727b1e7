/** A running session: asks for the manifest again when the server says that something came, and every two seconds anyway. */
import type { Manifest } from "./manifest";

const POLL_MS = 2_000;
const TOLD_MS = 150; // several streams may speak at once

export class Live {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private socket: WebSocket | null = null;
  private isAsking = false;
  private isStopped = false;

  constructor(
    private readonly liveUrl: string,
    /** Read the manifest again; null when it says what it said before. */
    private readonly read: () => Promise<Manifest | null>,
    private readonly update: (manifest: Manifest) => void,
  ) {}

  start(): void {
    this.isStopped = false;
    this.later(POLL_MS);
    try {
      this.socket = new WebSocket(this.liveUrl);
      this.socket.onmessage = () => this.later(TOLD_MS);
      this.socket.onerror = () => undefined; // polling goes on without it
    } catch {
      this.socket = null;
    }
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.socket?.close();
  }

  private later(ms: number): void {
    if (this.timer) clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void this.ask(), ms);
  }

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const manifest = await this.read();
      if (this.isStopped) return;
      if (manifest) this.update(manifest);
      if (manifest && !manifest.is_live) return this.stop();
    } catch {
      // the next poll asks again
    } finally {
      this.isAsking = false;
    }
    this.later(POLL_MS);
  }
}
