/** What is under the pointer: the time, the page, what happened there, what is missing. */
import type { JSX } from "preact";
import { clockTime, localTime, path, utcTime } from "../format";
import { addressAt } from "../rows";
import { gapReason, words } from "../strings";
import type { Timeline } from "../timeline";
import type { Chapter, Mark } from "../timeline-picture";
import type { Range } from "../zoom";
import { useView } from "./context";

const percent = (part: number): string => `${(100 * part).toFixed(3)}%`;

interface HoverProps {
  atMs: number;
  timeline: Timeline;
  range: Range;
  marks: Mark[];
  chapter: Chapter | null;
  near: number; // in parts of the width
}

export function Hover({ atMs, timeline, range, marks, chapter, near }: HoverProps): JSX.Element {
  const { player } = useView();
  const at = (atMs - range.startMs) / range.durationMs;
  const away = (mark: Mark): number => Math.abs(mark.at - at);
  const mark = marks.filter((each) => away(each) <= near).sort((a, b) => away(a) - away(b))[0];
  const gap = timeline.gaps.find((each) => each.startMs <= atMs && atMs < each.endMs);
  const stream = timeline.streamAt(atMs, player.pinnedWindow.value);
  const url = addressAt(player.rows.value, stream?.id, atMs) ?? stream?.entry_url ?? "";
  const number = timeline.manifest.windows.find((window) => window.id === stream?.window)?.number;
  return (
    <div class="ph-hover" style={{ left: `clamp(110px, ${percent(at)}, calc(100% - 110px))` }}>
      <span>
        <strong>{clockTime(atMs - timeline.startMs)}</strong>
        {number !== undefined && timeline.manifest.windows.length > 1 && <span class="ph-muted"> · {words.windowNumber(number)}</span>}
      </span>
      {mark && (
        <span class={`ph-hover-text ph-hover-${mark.kind}`}>
          {words.row[mark.row.kind]}: {mark.row.text}
          {mark.count > 1 && ` ${words.more(mark.count - 1)}`}
        </span>
      )}
      {gap && (
        <span class="ph-hover-text">
          {words.gapTitle}: {gapReason(gap.reason)}
        </span>
      )}
      {!gap && timeline.idleAt(atMs) && <span class="ph-muted">{words.idle}</span>}
      {chapter?.title && chapter.address === url && <span class="ph-hover-text">{chapter.title}</span>}
      {mark?.kind !== "navigation" && <span class="ph-hover-text ph-hover-page">{path(url)}</span>}
      <span class="ph-muted">{localTime(atMs)}</span>
      <span class="ph-muted">{utcTime(atMs)}</span>
    </div>
  );
}
