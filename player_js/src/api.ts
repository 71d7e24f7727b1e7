/** The public API, as the player asks it. Every refusal is an ApiError with a sentence for people. */
import { readManifest, type Manifest, type PersonRef, type SessionRow } from "./manifest";

export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface ChunkBytes {
  bytes: Uint8Array;
  nextSeq: number;
}

export interface PersonDetail extends PersonRef {
  properties: Record<string, unknown>;
  distinct_ids: { distinct_id: string; is_anonymous: boolean }[];
  recent_sessions: SessionRow[];
}

/** hash, kind, url, bytes */
export type AssetPlace = [hash: string, kind: string, url: string, size: number];

export class Api {
  private readonly session: string;

  constructor(
    private readonly base: string,
    private readonly project: string,
    session: string,
    private readonly fetcher: typeof fetch = fetch.bind(globalThis),
  ) {
    this.session = `${base}/projects/${encodeURIComponent(project)}/sessions/${encodeURIComponent(session)}`;
  }

  async manifest(signal?: AbortSignal): Promise<Manifest> {
    return readManifest(await (await this.get(`${this.session}/manifest`, signal)).json());
  }

  async person(id: string): Promise<PersonDetail> {
    const url = `${this.base}/projects/${encodeURIComponent(this.project)}/persons/${encodeURIComponent(id)}`;
    return (await (await this.get(url)).json()) as PersonDetail;
  }

  async chunks(stream: string, body: "dom" | "log", from: number, upto: number, signal: AbortSignal): Promise<ChunkBytes> {
    const query = `body=${body}&from=${from}&upto=${upto}`;
    const response = await this.get(`${this.session}/streams/${stream}/chunks?${query}`, signal);
    const nextSeq = Number(response.headers.get("Playhead-Next-Seq") ?? upto);
    return { bytes: new Uint8Array(await response.arrayBuffer()), nextSeq: Math.max(from + 1, nextSeq) };
  }

  async assets(): Promise<AssetPlace[]> {
    const { kept } = (await (await this.get(`${this.session}/assets`)).json()) as { kept?: AssetPlace[] };
    return Array.isArray(kept) ? kept : [];
  }

  /** The text of a stylesheet. */
  async asset(hash: string): Promise<string> {
    return (await this.get(`${this.session}/assets/${hash}`)).text();
  }

  /** The live socket's address on this page's host. */
  get liveUrl(): string {
    const url = new URL(`${this.session}/live`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
  }

  private async get(url: string, signal?: AbortSignal): Promise<Response> {
    const response = await this.fetcher(url, { signal: signal ?? null, credentials: "same-origin" });
    if (response.ok) return response;
    const answer = (await response.json().catch(() => null)) as { error?: { code?: string; message?: string } } | null;
    const { code = "http", message = `The server answered ${response.status}.` } = answer?.error ?? {};
    throw new ApiError(response.status, code, message);
  }
}
