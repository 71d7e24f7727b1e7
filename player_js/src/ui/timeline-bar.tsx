/** One line for the whole session: activity as heat, idle spans hatched, gaps named, moments as marks. Click, drag or arrows seek. */
import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clockTime, localTime, path, utcTime } from "../format";
import { addressAt } from "../rows";
import { gapReason, words } from "../strings";
import type { Timeline } from "../timeline";
import { barsOf, chapterAt, chaptersOf, cutsOf, lanesOf, marksOf, spansOf, type Chapter, type Lane, type Mark } from "../timeline-picture";
import { useView } from "./context";

/** A mark's own room: nearer ones share it, for a smear of marks says less than one. */
const MARK_PX = 9;
const NEAR_PX = 6;
const percent = (part: number): string => `${(100 * part).toFixed(3)}%`;

export function TimelineBar(): JSX.Element {
  const { player } = useView();
  const bar = useRef<HTMLDivElement>(null);
  const widthPx = useSignal(0);
  const hoverMs = useSignal<number | null>(null);
  const places = useComputed(() => Math.floor(widthPx.value / MARK_PX));
  const marks = useComputed(() => (player.timeline.value && places.value > 0 ? marksOf(player.rows.value, player.timeline.value, places.value) : []));
  const chapters = useComputed(() => (player.timeline.value ? chaptersOf(player.rows.value, player.timeline.value) : []));
  const lanes = useComputed(() => (player.timeline.value ? lanesOf(player.timeline.value) : []));
  const timeline = player.timeline.value;

  useLayoutEffect(() => {
    if (!bar.current) return;
    const watch = new ResizeObserver(([entry]) => (widthPx.value = entry?.contentRect.width ?? 0));
    watch.observe(bar.current);
    return () => watch.disconnect();
  }, []);

  function msAt(event: PointerEvent): number {
    const box = bar.current?.getBoundingClientRect();
    if (!timeline || !box) return 0;
    return timeline.clamp(timeline.startMs + ((event.clientX - box.left) / box.width) * timeline.durationMs);
  }
  function press(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest(".ph-mark")) return; // it seeks to its own moment
    bar.current?.setPointerCapture(event.pointerId);
    drag(event);
  }
  function drag(event: PointerEvent): void {
    hoverMs.value = msAt(event);
    if (event.buttons & 1 && bar.current?.hasPointerCapture(event.pointerId)) player.seek(msAt(event));
  }
  return (
    <div class="ph-timeline" ref={bar} style={{ "--ph-lanes": String(lanes.value.length) }} onPointerDown={press} onPointerMove={drag} onPointerLeave={() => (hoverMs.value = null)}>
      {timeline && (
        <>
          <Picture timeline={timeline} />
          <Lanes lanes={lanes.value} />
          {hoverMs.value !== null && <ChapterTint chapter={chapterAt(chapters.value, hoverMs.value)} timeline={timeline} />}
          <Slider timeline={timeline} cuts={cutsOf(chapters.value, timeline, places.value)} />
          <Marks marks={marks} />
          {hoverMs.value !== null && <Hover atMs={hoverMs.value} timeline={timeline} marks={marks.value} chapter={chapterAt(chapters.value, hoverMs.value)} near={NEAR_PX / Math.max(1, widthPx.value)} />}
        </>
      )}
    </div>
  );
}

/** What does not move with time: drawn anew only when something is new. */
function Picture({ timeline }: { timeline: Timeline }): JSX.Element {
  const { player } = useView();
  const bars = useComputed(() => (player.timeline.value ? barsOf(player.timeline.value, player.activity.value) : []));
  return (
    <div class="ph-heat" aria-hidden="true">
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none">
        {bars.value.map((each) => (
          <rect x={1000 * each.at} y={100 - 100 * each.height} width={Math.max(0.5, 860 * each.width)} height={100 * each.height} />
        ))}
      </svg>
      {spansOf(timeline, timeline.idle).map((span) => (
        <i class="ph-idle" style={{ left: percent(span.at), width: percent(span.width) }} />
      ))}
      {spansOf(timeline, timeline.gaps).map((span) => (
        <i class="ph-hole" style={{ left: percent(span.at), width: percent(span.width) }} />
      ))}
    </div>
  );
}

/** When each tab was open. */
function Lanes({ lanes }: { lanes: Lane[] }): JSX.Element {
  return (
    <div class="ph-lanes" aria-hidden="true">
      {lanes.map((lane) => (
        <div key={lane.number}>
          {lane.spans.map((span) => (
            <i style={{ left: percent(span.at), width: percent(span.width) }} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** The page under the pointer, from its beginning to its end. */
function ChapterTint({ chapter, timeline }: { chapter: Chapter | null; timeline: Timeline }): JSX.Element | null {
  const [span] = chapter ? spansOf(timeline, [chapter]) : [];
  return span ? <i class="ph-chapter" style={{ left: percent(span.at), width: percent(span.width) }} /> : null;
}

/** The playhead: a slider of seconds. The player's keys move it too; here up and down, and pages of a tenth, as sliders have them. */
function Slider({ timeline, cuts }: { timeline: Timeline; cuts: number[] }): JSX.Element {
  const { player } = useView();
  const atMs = player.timeMs.value;
  const part = (ms: number): number => (ms - timeline.startMs) / timeline.durationMs;
  const now = clockTime(atMs - timeline.startMs);
  const url = addressAt(player.rows.value, player.stream.value?.id, atMs) ?? player.stream.value?.entry_url ?? "";
  const gap = player.gap.value;
  const said = [words.timelineAt(now, clockTime(timeline.durationMs)), path(url), gap ? words.gapTitle : timeline.idleAt(atMs) ? words.idle : ""];
  const steps: Record<string, number> = { ArrowUp: 5_000, ArrowDown: -5_000, PageUp: timeline.durationMs / 10, PageDown: -timeline.durationMs / 10 };
  function key(event: KeyboardEvent): void {
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    player.step(step);
  }
  return (
    <div
      class="ph-slider"
      role="slider"
      tabIndex={0}
      aria-label={words.timeline}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.round(timeline.durationMs / 1000)}
      aria-valuenow={Math.floor((atMs - timeline.startMs) / 1000)}
      aria-valuetext={said.filter(Boolean).join(", ")}
      onKeyDown={key}
    >
      <div class="ph-track">
        <i class="ph-ready" style={{ left: percent(part(atMs)), width: percent(part(Math.max(atMs, player.readyUntilMs.value)) - part(atMs)) }} />
        <i class="ph-done" style={{ width: percent(part(atMs)) }} />
        {cuts.map((cut) => (
          <i class="ph-cut" style={{ left: percent(cut) }} />
        ))}
      </div>
      <div class="ph-head" style={{ left: percent(part(atMs)) }} />
    </div>
  );
}

/** Each says its name to those who cannot see it. Keys go from row to row instead: shift and the arrows. */
function Marks({ marks }: { marks: ReadonlySignal<Mark[]> }): JSX.Element {
  const { player } = useView();
  return (
    <ol class="ph-marks" aria-label={words.marks}>
      {marks.value.map((mark) => (
        <li key={mark.row.key} style={{ left: percent(mark.at) }}>
          <button type="button" class={`ph-mark ph-mark-${mark.kind}`} tabIndex={-1} aria-label={mark.name} onClick={() => player.seekToRow(mark.row)} />
        </li>
      ))}
    </ol>
  );
}

interface HoverProps {
  atMs: number;
  timeline: Timeline;
  marks: Mark[];
  chapter: Chapter | null;
  near: number; // in parts of the width
}

function Hover({ atMs, timeline, marks, chapter, near }: HoverProps): JSX.Element {
  const { player } = useView();
  const at = (atMs - timeline.startMs) / timeline.durationMs;
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
