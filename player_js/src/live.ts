/**
 * A session that runs or may go on: asks for the manifest again when the server says that something came, and every two seconds
 * anyway. A visitor who rests is soon not called live; what they do next is still waited for, less often, until the session is over.
 */
import { REST_MS, type Manifest } from "./manifest";

const POLL_MS = 2_000;
const REST_POLL_MS = 10_000;
const TOLD_MS = 150; // several streams may speak at once

export class Live {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private socket: WebSocket | null = null;
  private isAsking = false;
  private isStopped = false;
  private isLive = false;
  private restsSince = 0; // on our own clock

  constructor(
    private readonly liveUrl: string,
    /** Read the manifest again; null when it says what it said before. */
    private readonly read: () => Promise<Manifest | null>,
    private readonly update: (manifest: Manifest) => void,
    private readonly now = () => performance.now(),
  ) {}

  /** Follow a session from its manifest on; one that is over is let be. */
  start(manifest: Manifest): void {
    this.isStopped = false;
    this.note(manifest);
    this.later();
    if (this.isStopped) return;
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

  private note(manifest: Manifest): void {
    this.isLive = manifest.is_live;
    this.restsSince = this.now() - Math.max(0, manifest.server_ms - manifest.end_ms);
  }

  private later(ms = this.isLive ? POLL_MS : REST_POLL_MS): void {
    if (this.timer) clearTimeout(this.timer);
    if (!this.isLive && this.now() - this.restsSince > REST_MS) return this.stop();
    if (!this.isStopped) this.timer = setTimeout(() => void this.ask(), ms);
  }

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const manifest = await this.read();
      if (this.isStopped) return;
      if (manifest) this.note(manifest);
      if (manifest) this.update(manifest);
    } catch {
      // the next poll asks again
    } finally {
      this.isAsking = false;
    }
    this.later();
  }
}
