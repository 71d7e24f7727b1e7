/** What the browser itself loaded: the document, images, styles, scripts; by resource timings. */
import { guard } from "../lib/guard";
import { scrubUrl } from "../privacy/url";
import type { Capture } from "./context";

/** Told by capture/network, which knows more; only what ran before we came is taken from here. */
const CALLED = new Set(["fetch", "xmlhttprequest", "beacon"]);

const PAGE_LOAD_MS = 30_000; // what went before a recorder that came late is the page load's, if it is not older

export const watchResources: Capture = (context) => {
  if (typeof PerformanceObserver !== "function") return () => undefined;
  const rate = context.rate("network");
  const sinceMs = performance.now();

  const report = guard((entry: PerformanceResourceTiming) => {
    const isDocument = entry.entryType === "navigation";
    if (isDocument && !entry.duration) return; // not done yet: it comes again
    const isCalled = CALLED.has(entry.initiatorType);
    if (context.isOwn(entry.name) || (isCalled && entry.startTime >= sinceMs) || /^(data|blob):/.test(entry.name)) return;
    if (entry.startTime < sinceMs - (context.isFirst ? PAGE_LOAD_MS : 0) || !rate.allows()) return;
    const status = entry.responseStatus ?? 0;
    context.log(
      {
        type: "network",
        initiator: isDocument ? "document" : entry.initiatorType === "fetch" ? "fetch" : entry.initiatorType === "xmlhttprequest" ? "xhr" : "resource",
        ...(!isDocument && !isCalled && { resource: entry.initiatorType }),
        method: "GET",
        url: scrubUrl(entry.name),
        status,
        duration_ms: Math.round(entry.duration * 10) / 10,
        ...(entry.transferSize > 0 && { response_bytes: entry.transferSize }),
        failed: status >= 400, // 0 here means only that another origin does not say
      },
      context.fromMono(entry.startTime),
    );
  });

  const observers = ["navigation", "resource"].map((type) => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) report(entry as PerformanceResourceTiming);
    });
    try {
      observer.observe({ type, buffered: true });
    } catch {
      // a browser without this entry type: less is seen
    }
    return observer;
  });
  return () => observers.forEach((observer) => observer.disconnect());
};
