/** A session's stylesheets, fonts and images, fetched for the stage, which fetches nothing itself but from its own folder. */
import type { Api, AssetPlace } from "./api";

const AT_ONCE = 6;
const MAX_SHEETS = 256;
const MAX_SHEET_BYTES = 64 * 1_048_576; // of all
const AGAIN_MS = 2_000;
const MOST_LOOKS = 60; // a page that is watched live may still send what it shows

export type Sheets = [hash: string, text: string][];
export type Places = [url: string, hash: string][];

export class Assets {
  private readonly asked = new Set<string>();
  private bytes = 0;
  private looks = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Pick<Api, "assets" | "asset">,
    private readonly tell: (sheets: Sheets, places: Places) => void,
  ) {}

  /** Fetch what is new. What cannot be had is done without; never rejects. */
  async load(): Promise<void> {
    this.looks += 1;
    try {
      const kept = await this.api.assets();
      const sheets = await this.fetch(kept.filter(([hash, kind]) => kind === "stylesheet" && !this.asked.has(hash)));
      this.tell(sheets, kept.filter(([, kind, url]) => url && kind !== "stylesheet").map(([hash, , url]) => [url, hash]));
    } catch {
      // the page is shown without its looks
    }
  }

  /** The stage lacks some: look again, ever less often. */
  again(): void {
    if (this.looks > MOST_LOOKS) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, AGAIN_MS * Math.ceil(this.looks / 5));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.looks = Infinity;
  }

  private async fetch(places: AssetPlace[]): Promise<Sheets> {
    const sheets: Sheets = [];
    const queue = places.filter(([hash, , , size]) => {
      if (this.asked.has(hash) || this.asked.size >= MAX_SHEETS || this.bytes + size > MAX_SHEET_BYTES) return false;
      this.bytes += size;
      return this.asked.add(hash);
    });
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [hash] = next;
        const text = await this.api.asset(hash).catch(() => null);
        if (text !== null) sheets.push([hash, text]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return sheets;
  }
}
