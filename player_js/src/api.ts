/** The public API, as the player asks it. Every refusal is an ApiError with a sentence for people. */
import { readManifest, type ChunkRow, type Manifest, type MomentRow, type PersonRef, type SessionRow } from "./manifest";
import type { Form } from "./stage-messages";

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

/** One body of a segment. */
export interface Bytes {
  form: Form;
  bytes: ArrayBuffer;
}

export interface ChunkRows {
  segmented_upto: number;
  chunks: ChunkRow[];
  next_seq: number;
}

export interface MomentPage {
  items: MomentRow[];
  next_cursor: string | null;
}

const COLUMNS_TYPE = "application/vnd.playhead.columns";
const MOMENTS_AT_ONCE = 2_000;

export interface PersonDetail extends PersonRef {
  properties: Record<string, unknown>;
  distinct_ids: { distinct_id: string; is_anonymous: boolean }[];
  recent_sessions: SessionRow[];
}

export interface SessionDetail extends SessionRow {
  user_agent: string;
  language: string;
  timezone: string;
}

/** hash, kind, url, bytes */
export type AssetPlace = [hash: string, kind: string, url: string, size: number];

export class Api {
  private readonly session: string;
  private etag = ""; // of the manifest that was read last

  constructor(
    private readonly base: string,
    private readonly project: string,
    session: string,
    private readonly fetcher: typeof fetch = fetch.bind(globalThis),
  ) {
    this.session = `${base}/projects/${encodeURIComponent(project)}/sessions/${encodeURIComponent(session)}`;
  }

  /** The manifest near a moment: on the server's clock, or that of `stream`. */
  async manifest(atMs: number | null, stream: string | null): Promise<Manifest> {
    this.etag = "";
    return (await this.newManifest(atMs, stream)) as Manifest;
  }

  /** The manifest as it is now; null when it says what it said before. */
  async newManifest(atMs: number | null, stream: string | null = null): Promise<Manifest | null> {
    const query = new URLSearchParams({ ...(atMs === null ? {} : { at: String(Math.round(atMs)) }), ...(stream ? { stream } : {}) });
    const held: Record<string, string> = this.etag ? { "If-None-Match": this.etag } : {};
    const address = `${this.session}/manifest${query.size > 0 ? `?${query}` : ""}`; // the page has it preloaded under this name
    const response = await this.get(address, undefined, held);
    if (response.status === 304) return null;
    const manifest = readManifest(await response.json());
    this.etag = response.headers.get("ETag") ?? "";
    return manifest;
  }

  /** Moments in order of time, page by page. */
  async moments(cursor: string): Promise<MomentPage> {
    const query = new URLSearchParams({ limit: String(MOMENTS_AT_ONCE), cursor });
    return (await (await this.get(`${this.session}/moments?${query}`)).json()) as MomentPage;
  }

  async person(id: string): Promise<PersonDetail> {
    const url = `${this.base}/projects/${encodeURIComponent(this.project)}/persons/${encodeURIComponent(id)}`;
    return (await (await this.get(url)).json()) as PersonDetail;
  }

  /** The session with what the manifest has no room for. */
  async sessionDetail(): Promise<SessionDetail> {
    return (await (await this.get(this.session)).json()) as SessionDetail;
  }

  async chunks(stream: string, body: "dom" | "log", from: number, upto: number, signal: AbortSignal): Promise<ChunkBytes> {
    const query = `body=${body}&from=${from}&upto=${upto}`;
    const response = await this.get(`${this.session}/streams/${stream}/chunks?${query}`, signal);
    const nextSeq = Number(response.headers.get("Playhead-Next-Seq") ?? upto);
    return { bytes: new Uint8Array(await response.arrayBuffer()), nextSeq: Math.max(from + 1, nextSeq) };
  }

  async segment(stream: string, firstSeq: number, body: "dom" | "log", signal: AbortSignal): Promise<Bytes> {
    const response = await this.get(`${this.session}/streams/${stream}/segments/${firstSeq}?body=${body}`, signal);
    const form = response.headers.get("Content-Type") === COLUMNS_TYPE ? "columns" : "json";
    return { form, bytes: await response.arrayBuffer() };
  }

  async rows(stream: string, from: number, upto: number, signal: AbortSignal): Promise<ChunkRows> {
    return (await (await this.get(`${this.session}/streams/${stream}/chunks/rows?from=${from}&upto=${upto}`, signal)).json()) as ChunkRows;
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

  private async get(url: string, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.fetcher(url, { signal: signal ?? null, credentials: "same-origin", headers });
    if (response.ok || response.status === 304) return response;
    const answer = (await response.json().catch(() => null)) as { error?: { code?: string; message?: string } } | null;
    const { code = "http", message = `The server answered ${response.status}.` } = answer?.error ?? {};
    throw new ApiError(response.status, code, message);
  }
}
