/** What a hello says about the page and the device. */
import { LIMITS } from "../config";
import { clip } from "../lib/clip";
import { maskText } from "../privacy/text";
import { scrubUrl } from "../privacy/url";
import type { Hello } from "../wire/frames";

export function describePage(): Hello["page"] {
  return {
    url: scrubUrl(location.href),
    title: clip(maskText(document.title), LIMITS.textChars),
    referrer: scrubUrl(document.referrer),
  };
}

function timeZone(): string {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return "";
  }
}

export function describeDevice(): Hello["device"] {
  return {
    viewport_width: Math.round(innerWidth),
    viewport_height: Math.round(innerHeight),
    screen_width: screen.width,
    screen_height: screen.height,
    pixel_ratio: devicePixelRatio || 1,
    language: navigator.language || "",
    timezone: timeZone(),
  };
}
