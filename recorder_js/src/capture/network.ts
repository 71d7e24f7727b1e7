/** Requests that the page's code makes: fetch, XMLHttpRequest, sendBeacon. No headers, no bodies, no cookies. */
import { guard } from "../lib/guard";
import { countKeepalive } from "../lib/keepalive";
import { undoAll } from "../lib/listen";
import { patch } from "../lib/patch";
import { scrubUrl } from "../privacy/url";
import type { Capture, CaptureContext } from "./context";

interface Request {
  initiator: "fetch" | "xhr" | "beacon";
  method: string;
  url: string;
  startMs: number;
  requestBytes: number | undefined;
  isKeptAlive?: boolean;
}

type Report = (request: Request, status: number, responseBytes?: number) => void;

function absolute(url: unknown): string {
  try {
    return new URL(String(url), document.baseURI).href;
  } catch {
    return String(url);
  }
}

/** A body's size where it costs nothing to know. */
function sizeOf(body: unknown): number | undefined {
  if (body === null || body === undefined) return undefined;
  if (typeof body === "string") return body.length;
  if (body instanceof Blob) return body.size;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  if (body instanceof URLSearchParams) return String(body).length;
  return undefined;
}

function lengthOf(header: string | null): number | undefined {
  return header && /^\d+$/.test(header) ? Number(header) : undefined;
}

function reporter(context: CaptureContext): Report {
  const rate = context.rate("network");
  return guard((request: Request, status: number, responseBytes?: number) => {
    if (context.isOwn(request.url) || !rate.allows()) return;
    context.log(
      {
        type: "network",
        initiator: request.initiator,
        method: request.method.toUpperCase().slice(0, 20),
        url: scrubUrl(request.url),
        status,
        duration_ms: Math.round((context.now() - request.startMs) * 10) / 10,
        ...(request.requestBytes !== undefined && { request_bytes: request.requestBytes }),
        ...(responseBytes !== undefined && { response_bytes: responseBytes }),
        failed: status === 0 ? request.initiator !== "beacon" : status >= 400,
      },
      request.startMs,
    );
  });
}

function watchFetch(context: CaptureContext, report: Report): () => void {
  const describe = guard((input: unknown, init?: RequestInit): Request => {
    const asRequest = typeof Request !== "undefined" && input instanceof Request ? input : null;
    return {
      initiator: "fetch",
      method: init?.method ?? asRequest?.method ?? "GET",
      url: absolute(asRequest?.url ?? input),
      startMs: context.now(),
      requestBytes: sizeOf(init?.body),
      isKeptAlive: init?.keepalive ?? asRequest?.keepalive ?? false,
    };
  });
  return patch(window, "fetch", (original) => function (this: unknown, ...args: unknown[]) {
    const request = describe(args[0], args[1] as RequestInit | undefined);
    const answer = original.apply(this, args) as Promise<Response>;
    if (request && typeof answer?.then === "function") {
      if (request.isKeptAlive) countKeepalive(request.requestBytes);
      answer.then(
        (response) =>
          report(request, response.type === "opaque" ? 200 : response.status, lengthOf(response.headers.get("content-length"))),
        () => report(request, 0),
      );
    }
    return answer;
  });
}

function watchXhr(context: CaptureContext, report: Report): () => void {
  const opened = new WeakMap<XMLHttpRequest, { method: string; url: string }>();
  const prepare = guard((xhr: XMLHttpRequest, method: unknown, url: unknown) =>
    opened.set(xhr, { method: String(method), url: absolute(url) }),
  );
  const follow = guard((xhr: XMLHttpRequest, body: unknown) => {
    const target = opened.get(xhr);
    if (!target) return;
    const request: Request = { initiator: "xhr", ...target, startMs: context.now(), requestBytes: sizeOf(body) };
    const done = guard(() => {
      const isReadable = xhr.status > 0 && xhr.readyState === 4;
      report(request, xhr.status, isReadable ? lengthOf(xhr.getResponseHeader("content-length")) : undefined);
    });
    xhr.addEventListener("loadend", done, { once: true });
  });
  const undos = [
    patch(XMLHttpRequest.prototype, "open", (original) => function (this: XMLHttpRequest, ...args: unknown[]) {
      prepare(this, args[0], args[1]);
      return original.apply(this, args);
    }),
    patch(XMLHttpRequest.prototype, "send", (original) => function (this: XMLHttpRequest, ...args: unknown[]) {
      follow(this, args[0]);
      return original.apply(this, args);
    }),
  ];
  return () => undoAll(undos);
}

function watchBeacon(context: CaptureContext, report: Report): () => void {
  return patch(navigator, "sendBeacon", (original) => function (this: unknown, ...args: unknown[]) {
    const isQueued = original.apply(this, args) as boolean;
    const request: Request = { initiator: "beacon", method: "POST", url: absolute(args[0]), startMs: context.now(), requestBytes: sizeOf(args[1]) };
    if (isQueued) countKeepalive(request.requestBytes);
    report(request, 0);
    return isQueued;
  });
}

export const watchNetwork: Capture = (context) => {
  const report = reporter(context);
  const undos = [watchFetch(context, report), watchXhr(context, report), watchBeacon(context, report)];
  return () => undoAll(undos);
};
