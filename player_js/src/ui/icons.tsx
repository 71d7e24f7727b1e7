/** One set of icons, 16 px, drawn in the text's colour. Always beside a label, or under a tooltip that names the key. */
import type { JSX } from "preact";

const PATHS = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4.5 3h2.4v10H4.5zM9.1 3h2.4v10H9.1z",
  replay: "M8 3a5 5 0 1 1-4.6 3M3 2.5V6h3.5",
  back: "M8 3a5 5 0 1 1-4.9 4M3 3v4h4",
  forward: "M8 3a5 5 0 1 0 4.9 4M13 3v4H9",
  full: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.2 9.1a2.6 2.6 0 0 0 3.7 3.7l.7-.7",
  export: "M8 9.5v-7M5 5.500l3-3 3 3M2.500 10.500v3h11v-3",
  copy: "M5.500 5.500h7v8h-7zM10.500 5.500v-3h-7v8h2",
  left: "M9.5 3.5 5 8l4.5 4.5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  navigation: "M3 8h9M8.5 4.5 12 8l-3.5 3.5",
  click: "M4 2.5v9l2.4-2.2 1.7 4 1.6-.7-1.7-3.9H11z",
  rage_click: "M8 2v3M3.5 4.5l2 2M12.5 4.5l-2 2M2 9h3M14 9h-3M8 14V8.5",
  submit: "M3 8.5 6.5 12 13 4.5",
  console: "M3 4.5 6.5 8 3 11.5M8 12h5",
  error: "M4 4l8 8M12 4l-8 8",
  network: "M5 13V3M2.5 5.5 5 3l2.5 2.5M11 3v10M8.5 10.5 11 13l2.5-2.5",
  custom: "M8 2.5 9.7 6l3.8.5-2.8 2.6.7 3.9L8 11.2 4.6 13l.7-3.9L2.5 6.5 6.3 6z",
  identify: "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zM3 13.5c.6-2.5 2.5-3.8 5-3.8s4.400 1.300 5 3.800",
  state: "M8 5v3.500l2 1.500M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11z",
  gap: "M2.500 8h3M10.500 8h3M7 5.500v5M9 5.500v5",
  help: "M6 6.200a2 2 0 1 1 2.900 1.800c-.6.3-.9.7-.9 1.400M8 12v.1",
  window: "M2.500 3.500h11v9h-11zM2.500 6h11",
} as const;

export type IconName = keyof typeof PATHS;
const FILLED = new Set<IconName>(["play", "pause"]);

export function Icon({ name }: { name: IconName }): JSX.Element {
  const isFilled = FILLED.has(name);
  return (
    <svg class="ph-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} fill={isFilled ? "currentColor" : "none"} stroke={isFilled ? "none" : "currentColor"} />
    </svg>
  );
}
