// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { createEncoder, type Body, type Encode } from "../../src/encode";
import { decodeDom } from "../../src/wire/codec";
import { Codec } from "../../src/wire/frames";

const events = (rows: number): unknown[] =>
  Array.from({ length: rows }, (_, at) => ({ type: 3, data: { source: 3, id: 7, x: 0, y: (at * at * 7) % 900 }, timestamp: 1_790_000_000_000 + 16 * at }));
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const here = (): Encode => createEncoder({ mayUseWorker: false, onNoWorker: () => undefined });
const opened = (body: Body): Promise<unknown[]> => decodeDom(body.codec, [body.bytes]);

/** A worker that runs its text in a realm of nothing but what workers have. */
function stubWorker(spoil = (text: string): string => text): { posted: unknown[] } {
  const seen: { posted: unknown[] } = { posted: [] };
  const texts: Blob[] = [];
  vi.stubGlobal("URL", { createObjectURL: (blob: Blob) => `blob:${texts.push(blob) - 1}`, revokeObjectURL: () => undefined });
  vi.stubGlobal(
    "Worker",
    class {
      onmessage: ((event: { data: unknown }) => void) | null = null;
      onerror: ((event: { preventDefault: () => void }) => void) | null = null;
      private readonly inside = (async () => {
        const text = spoil(await (texts[texts.length - 1] as Blob).text());
        const answer = (data: unknown): void => this.onmessage?.({ data });
        return new Function("postMessage", `let onmessage;${text};return onmessage`)(answer) as (event: { data: unknown }) => void;
      })().catch(() => void this.onerror?.({ preventDefault: () => undefined }));
      postMessage(data: unknown): void {
        seen.posted.push(data);
        void this.inside.then((run) => run?.({ data }));
      }
      terminate(): void {}
    },
  );
  return seen;
}

afterEach(() => vi.unstubAllGlobals());

describe("the encoder", () => {
  it("makes columns on the page's own thread where there is no worker", async () => {
    const body = await here()(bytes(events(40)), true);
    expect(body.codec).toBe(Codec.columnsGzip);
    expect(await opened(body)).toEqual(events(40));
  });

  it("makes none where nobody asked for them", async () => {
    expect((await here()(bytes(events(40)))).codec).toBe(Codec.gzip);
  });

  it("gives a large body no long task: without a worker it stays JSON", async () => {
    const raw = bytes(events(1_000));
    expect(raw.length).toBeGreaterThan(65_536);
    const body = await here()(raw, true);
    expect([body.codec, body.rawLength]).toEqual([Codec.gzip, raw.length]);
    expect(await opened(body)).toEqual(events(1_000));
  });

  it("says how long the document is, not the JSON", async () => {
    const raw = bytes(events(40));
    expect((await here()(raw, true)).rawLength).toBeLessThan(raw.length / 2);
  });

  it("leaves as JSON what is smaller so", async () => {
    const noise = Array.from({ length: 60 }, (_, at) => ({ [`key ${at * at * 7919}`]: at / 7 }));
    const body = await here()(bytes(noise), true);
    expect(body.codec).toBe(Codec.gzip);
    expect(await opened(body)).toEqual(noise);
  });

  it("leaves as JSON what has more events than a document has bytes: a server would not believe it", async () => {
    const many = new Array<number>(300).fill(7);
    expect((await here()(bytes(many), true)).codec).toBe(Codec.gzip);
  });

  it("leaves as it is what is no JSON at all", async () => {
    const body = await here()(new Uint8Array(1_000).fill(91), true);
    expect(body.codec).toBe(Codec.gzip);
  });

  it("works in a worker, of its functions' own text", async () => {
    const { posted } = stubWorker();
    const encode = createEncoder({ mayUseWorker: true, onNoWorker: () => expect.fail("there is one") });
    const body = await encode(bytes(events(1_000)), true);
    expect(posted).toHaveLength(1);
    expect(body.codec).toBe(Codec.columnsGzip);
    expect(await opened(body)).toEqual(events(1_000));
    expect((await encode(bytes(events(1_000)))).codec).toBe(Codec.gzip);
  });

  it("goes on without a worker whose text does not run there", async () => {
    stubWorker(() => "no JavaScript at all");
    let told = 0;
    const encode = createEncoder({ mayUseWorker: true, onNoWorker: () => told++ });
    expect(await opened(await encode(bytes(events(1_000)), true))).toEqual(events(1_000));
    expect(told).toBe(1);
  });
});
