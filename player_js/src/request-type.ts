/** What kind of thing a request was for: as people filter by it, not as browsers name it. Pure. */
import type { LogEvent } from "../../recorder_js/src/wire/events";
import { text } from "./text";

const BY_ENDING: [RegExp, string][] = [
  [/\.m?js$/i, "js"],
  [/\.css$/i, "css"],
  [/\.(png|jpe?g|gif|webp|avif|svg|ico|bmp)$/i, "img"],
  [/\.(woff2?|ttf|otf|eot)$/i, "font"],
  [/\.(mp4|webm|mp3|ogg|wav|m3u8|mov)$/i, "media"],
];

const BY_ELEMENT: Record<string, string> = { script: "js", link: "css", img: "img", image: "img", icon: "img", input: "img", iframe: "doc", frame: "doc", video: "media", audio: "media" };

/** Return fetch, xhr or beacon for what the page's code asked; else doc, js, css, img, font, media or other. */
export function requestType({ initiator, resource, url }: Extract<LogEvent, { type: "network" }>): string {
  if (initiator === "document") return "doc";
  if (initiator !== "resource") return text(initiator);
  const place = text(url).replace(/[?#].*$/s, "");
  const known = BY_ENDING.find(([ending]) => ending.test(place));
  return known ? known[1] : Object.hasOwn(BY_ELEMENT, text(resource)) ? (BY_ELEMENT[text(resource)] ?? "other") : "other";
}
