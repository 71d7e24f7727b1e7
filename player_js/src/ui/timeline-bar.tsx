/** One line for the whole session: activity as heat, idle spans hatched, gaps named, moments as marks. Click or drag to seek. */
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { clockTime, localTime, utcTime } from "../format";
import type { Activity } from "../player";
import type { Row } from "../rows";
import { gapReason, words } from "../strings";
import type { Timeline } from "../timeline";
import { useView } from "./context";

/** Marks nearer than this share a place: a bar of marks says less than one mark. */
const MARK_PLACES = 320;
const MOST_BARS = 160;
const LEAST_BAR_MS = 1_000; // the recorder counts about every second
const MARK_ORDER = ["gap", "custom", "click", "navigation", "network", "error"];

interface Mark {
  place: number;
  kind: string;
  text: string;
}

function markKind(row: Row): string | null {
  if (row.kind === "navigation" || row.kind === "custom" || row.kind === "error") return row.kind;
  if (row.kind === "console") return row.tone === "bad" ? "error" : null;
  if (row.kind === "network") return row.tone === "bad" ? "network" : null;
  return row.kind === "click" || row.kind === "rage_click" ? "click" : null;
}

/** One mark a place and kind of place; the gravest is drawn. */
export function marksOf(rows: Row[], timeline: Timeline): Mark[] {
  const places = new Map<number, Mark>();
  for (const row of rows) {
    const kind = markKind(row);
    if (!kind) continue;
    const place = Math.round(((row.atMs - timeline.startMs) / timeline.durationMs) * MARK_PLACES);
    const held = places.get(place);
    if (held && MARK_ORDER.indexOf(held.kind) >= MARK_ORDER.indexOf(kind)) continue;
    places.set(place, { place, kind, text: row.text });
  }
  return [...places.values()];
}

function binned(activity: Activity[], timeline: Timeline, bucketMs: number): number[] {
  const counts = new Array<number>(Math.ceil(timeline.durationMs / bucketMs)).fill(0);
  for (const { atMs, count } of activity) {
    const place = Math.min(counts.length - 1, Math.max(0, Math.floor((atMs - timeline.startMs) / bucketMs)));
    counts[place] = (counts[place] ?? 0) + (Number(count) || 0);
  }
  return counts;
}

export function TimelineBar(): JSX.Element {
  const { player } = useView();
  const bar = useRef<HTMLDivElement>(null);
  const hoverMs = useSignal<number | null>(null);
  const marks = useComputed(() => (player.timeline.value ? marksOf(player.rows.value, player.timeline.value) : []));
  const timeline = player.timeline.value;
  const percent = (ms: number): string => (timeline ? `${(100 * (ms - timeline.startMs)) / timeline.durationMs}%` : "0%");
  const width = (fromMs: number, toMs: number): string => (timeline ? `${(100 * (toMs - fromMs)) / timeline.durationMs}%` : "0%");

  function msAt(event: PointerEvent): number {
    const box = bar.current?.getBoundingClientRect();
    if (!timeline || !box) return 0;
    return timeline.clamp(timeline.startMs + ((event.clientX - box.left) / box.width) * timeline.durationMs);
  }
  function drag(event: PointerEvent): void {
    hoverMs.value = msAt(event);
    if (event.buttons & 1) player.seek(msAt(event));
  }
  const now = timeline ? player.timeMs.value - timeline.startMs : 0;
  return (
    <div
      class="ph-timeline"
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label={words.timeline}
      aria-valuemin={0}
      aria-valuemax={Math.round((timeline?.durationMs ?? 0) / 1000)}
      aria-valuenow={Math.round(now / 1000)}
      aria-valuetext={clockTime(now)}
      onPointerDown={(event) => {
        bar.current?.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
      onPointerLeave={() => (hoverMs.value = null)}
    >
      {timeline && (
        <>
          <div class="ph-heat" aria-hidden="true">
            <Heat timeline={timeline} />
            {timeline.idle.map((span) => (
              <i class="ph-idle" style={{ left: percent(span.startMs), width: width(span.startMs, span.endMs) }} />
            ))}
            {timeline.gaps.map((gap) => (
              <i class="ph-hole" style={{ left: percent(gap.startMs), width: width(gap.startMs, gap.endMs) }} />
            ))}
          </div>
          <div class="ph-track" aria-hidden="true">
            <i class="ph-ready" style={{ left: percent(player.timeMs.value), width: width(player.timeMs.value, Math.max(player.timeMs.value, player.readyUntilMs.value)) }} />
            <i class="ph-done" style={{ width: percent(player.timeMs.value) }} />
          </div>
          <div class="ph-marks" aria-hidden="true">
            {marks.value.map((mark) => (
              <i key={`${mark.place}`} class={`ph-mark ph-mark-${mark.kind}`} style={{ left: `${(100 * mark.place) / MARK_PLACES}%` }} />
            ))}
          </div>
          <div class="ph-head" style={{ left: percent(player.timeMs.value) }} aria-hidden="true" />
          {hoverMs.value !== null && <Hover atMs={hoverMs.value} timeline={timeline} marks={marks.value} left={percent(hoverMs.value)} />}
        </>
      )}
    </div>
  );
}

/** What the person did, in bars: from the logs by the second where they are here, else as the manifest counts. */
function Heat({ timeline }: { timeline: Timeline }): JSX.Element {
  const { player } = useView();
  const manifest = timeline.manifest;
  const isFine = player.activity.value.length > 0;
  const bucketMs = isFine ? Math.max(LEAST_BAR_MS, timeline.durationMs / MOST_BARS) : manifest.activity.bucket_ms;
  const counts = isFine ? binned(player.activity.value, timeline, bucketMs) : manifest.activity.counts;
  const most = Math.max(1, ...counts);
  const step = (bucketMs / timeline.durationMs) * 1000;
  const start = isFine ? 0 : ((manifest.session.started_at_ms - timeline.startMs) / timeline.durationMs) * 1000;
  return (
    <svg viewBox="0 0 1000 100" preserveAspectRatio="none">
      {counts.map((count, index) => {
        const height = count > 0 ? 12 + 88 * Math.sqrt(count / most) : 0;
        return <rect key={index} x={start + index * step} y={100 - height} width={Math.max(0.5, step * 0.86)} height={height} />;
      })}
    </svg>
  );
}

function Hover({ atMs, timeline, marks, left }: { atMs: number; timeline: Timeline; marks: Mark[]; left: string }): JSX.Element {
  const place = Math.round(((atMs - timeline.startMs) / timeline.durationMs) * MARK_PLACES);
  const mark = marks.filter((each) => Math.abs(each.place - place) <= 2).sort((a, b) => Math.abs(a.place - place) - Math.abs(b.place - place))[0];
  const gap = timeline.gaps.find((each) => each.startMs <= atMs && atMs < each.endMs);
  return (
    <div class="ph-hover" style={{ left: `clamp(110px, ${left}, calc(100% - 110px))` }}>
      <strong>{clockTime(atMs - timeline.startMs)}</strong>
      {mark && <span class={`ph-hover-text ph-tone-${mark.kind}`}>{mark.text}</span>}
      {gap && <span class="ph-hover-text">{gapReason(gap.reason)}</span>}
      <span class="ph-muted">{localTime(atMs)}</span>
      <span class="ph-muted">{utcTime(atMs)}</span>
    </div>
  );
}
