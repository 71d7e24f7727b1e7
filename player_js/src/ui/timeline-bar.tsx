/** One line for the whole session: activity as heat, idle spans hatched, gaps named, moments as marks. Click, drag or arrows seek. */
import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clockTime, path } from "../format";
import { addressAt } from "../rows";
import { words } from "../strings";
import type { Timeline } from "../timeline";
import { barsOf, chapterAt, chaptersOf, cutsOf, lanesOf, marksOf, spansOf, type Chapter, type Lane, type Mark } from "../timeline-picture";
import { following, moved, type Range } from "../zoom";
import { useView } from "./context";
import { Hover } from "./timeline-hover";

/** A mark's own room: nearer ones share it, for a smear of marks says less than one. */
const MARK_PX = 9;
const NEAR_PX = 6;
const percent = (part: number): string => `${(100 * part).toFixed(3)}%`;

export function TimelineBar(): JSX.Element {
  const view = useView();
  const { player } = view;
  const range = view.range.value;
  const bar = useRef<HTMLDivElement>(null);
  const widthPx = useSignal(0);
  const hoverMs = useSignal<number | null>(null);
  const places = useComputed(() => Math.floor(widthPx.value / MARK_PX));
  const marks = useComputed(() => (player.timeline.value && places.value > 0 ? marksOf(player.rows.value, player.timeline.value, places.value, view.range.value) : []));
  const chapters = useComputed(() => (player.timeline.value ? chaptersOf(player.rows.value, player.timeline.value) : []));
  const lanes = useComputed(() => (player.timeline.value ? lanesOf(player.timeline.value, view.range.value) : []));
  const timeline = player.timeline.value;

  useLayoutEffect(() => {
    if (!bar.current) return;
    const watch = new ResizeObserver(([entry]) => (widthPx.value = entry?.contentRect.width ?? 0));
    watch.observe(bar.current);
    return () => watch.disconnect();
  }, []);

  useSignalEffect(() => {
    // A playhead that leaves the part on show takes it along; one that stands still does not.
    const [whole, atMs, shown] = [player.timeline.value, player.timeMs.value, view.zoom.peek()];
    if (whole && shown) view.zoom.value = following(shown, whole, atMs);
  });

  function msAt(event: MouseEvent): number {
    const box = bar.current?.getBoundingClientRect();
    if (!timeline || !box) return 0;
    return timeline.clamp(range.startMs + ((event.clientX - box.left) / box.width) * range.durationMs);
  }
  /** Ctrl and the wheel (a pinch, on a touchpad) zoom; sideways the wheel moves what is shown. */
  function wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      view.zoomBy(Math.exp(Math.min(1, Math.max(-1, event.deltaY / 100))), msAt(event));
    } else if (timeline && view.zoom.value && event.deltaX !== 0) {
      event.preventDefault();
      view.zoom.value = moved(view.zoom.value, timeline, (event.deltaX / Math.max(1, widthPx.value)) * range.durationMs);
    }
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
    <div class="ph-timeline" ref={bar} style={{ "--ph-lanes": String(lanes.value.length) }} onPointerDown={press} onPointerMove={drag} onPointerLeave={() => (hoverMs.value = null)} onWheel={wheel}>
      {timeline && (
        <>
          <Picture timeline={timeline} range={range} />
          <Lanes lanes={lanes.value} />
          {hoverMs.value !== null && <ChapterTint chapter={chapterAt(chapters.value, hoverMs.value)} range={range} />}
          <Slider timeline={timeline} range={range} cuts={cutsOf(chapters.value, range, places.value)} />
          <Marks marks={marks} />
          {hoverMs.value !== null && <Hover atMs={hoverMs.value} timeline={timeline} range={range} marks={marks.value} chapter={chapterAt(chapters.value, hoverMs.value)} near={NEAR_PX / Math.max(1, widthPx.value)} />}
          {view.zoom.value && (
            <button type="button" class="ph-text-button ph-zoom" onPointerDown={(event) => event.stopPropagation()} onClick={() => (view.zoom.value = null)} title={`${words.showAll} (0)`}>
              {clockTime(range.startMs - timeline.startMs)} – {clockTime(range.endMs - timeline.startMs)} · {words.showAll}
            </button>
          )}
        </>
      )}
    </div>
  );
}

/** What does not move with time: drawn anew only when something is new. */
function Picture({ timeline, range }: { timeline: Timeline; range: Range }): JSX.Element {
  const view = useView();
  const { player } = view;
  const bars = useComputed(() => (player.timeline.value ? barsOf(player.timeline.value, player.activity.value, view.range.value) : []));
  return (
    <div class="ph-heat" aria-hidden="true">
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none">
        {bars.value.map((each) => (
          <rect x={1000 * each.at} y={100 - 100 * each.height} width={Math.max(0.5, 860 * each.width)} height={100 * each.height} />
        ))}
      </svg>
      {spansOf(range, timeline.idle).map((span) => (
        <i class="ph-idle" style={{ left: percent(span.at), width: percent(span.width) }} />
      ))}
      {spansOf(range, timeline.gaps).map((span) => (
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
function ChapterTint({ chapter, range }: { chapter: Chapter | null; range: Range }): JSX.Element | null {
  const [span] = chapter ? spansOf(range, [chapter]) : [];
  return span ? <i class="ph-chapter" style={{ left: percent(span.at), width: percent(span.width) }} /> : null;
}

/** The playhead: a slider of seconds. The player's keys move it too; here up and down, and pages of a tenth, as sliders have them. */
function Slider({ timeline, range, cuts }: { timeline: Timeline; range: Range; cuts: number[] }): JSX.Element {
  const { player } = useView();
  const atMs = player.timeMs.value;
  const part = (ms: number): number => Math.min(1, Math.max(0, (ms - range.startMs) / range.durationMs));
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
      <div class="ph-head" hidden={atMs < range.startMs || atMs > range.endMs} style={{ left: percent(part(atMs)) }} />
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
