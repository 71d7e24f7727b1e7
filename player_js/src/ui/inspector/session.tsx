/** On what device, how it was recorded, and what of it is not there, with the reasons. */
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SessionDetail } from "../../api";
import type { Fact } from "../../details";
import { bytes, clockTime, duration, stamp, wallTime } from "../../format";
import type { Manifest } from "../../manifest";
import { gapReason, words } from "../../strings";
import { text } from "../../text";
import { useView } from "../context";
import { Facts } from "./facts";

const MOST_LINES = 100;
const LEAST_CORRECTION_MS = 500; // clocks that agree better than this are right

export function SessionPanel(): JSX.Element {
  const { player } = useView();
  const detail = useSignal<SessionDetail | null>(null);
  const manifest = player.timeline.value?.manifest;
  useEffect(() => {
    player.api.sessionDetail().then((found) => (detail.value = found), () => undefined); // the rest is known without it
  }, [player]);
  if (!manifest) return <p class="ph-nothing ph-late">{words.loading}</p>;
  const properties = Object.entries(manifest.session.properties ?? {}).map(([name, value]): Fact => [text(name), text(value)]);
  return (
    <>
      <h2>{words.tabs.session}</h2>
      <Facts facts={sessionFacts(manifest, detail.value)} />
      {properties.length > 0 && <Part title={words.sessionProperties}><Facts facts={properties} /></Part>}
      <Part title={words.recording}><Recording manifest={manifest} /></Part>
      <Part title={words.missing}><Missing manifest={manifest} /></Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <h3>{title}</h3>
      {children}
    </>
  );
}

function sessionFacts({ session, windows, streams }: Manifest, detail: SessionDetail | null): Fact[] {
  const { browser, browser_version, os, device_type, viewport } = session;
  const facts: [string, string | undefined][] = [
    [words.began, wallTime(session.started_at_ms)],
    [words.lasted, clockTime(session.duration_ms)],
    [words.browser, `${browser ?? ""} ${browser_version ?? ""}`.trim()],
    [words.system, os],
    [words.device, device_type],
    [words.viewport, viewport && viewport.width > 0 ? `${viewport.width} × ${viewport.height}` : ""],
    [words.language, detail?.language],
    [words.timezone, detail?.timezone],
    [words.userAgent, detail?.user_agent],
    [words.windows, String(windows.length)],
    [words.documents, String(streams.length)],
    [words.stored, session.size_bytes ? bytes(session.size_bytes) : ""],
  ];
  return facts.map(([name, value]): Fact => [name, text(value)]).filter(([, value]) => value !== "");
}

/** What the recorder said of itself, and whose clock was put right. */
function Recording({ manifest }: { manifest: Manifest }): JSX.Element {
  const { player, timeStyle } = useView();
  const states = useComputed(() => player.rows.value.filter((row) => row.kind === "state" && row.event?.type === "state" && row.event.name === "degraded"));
  const versions = [...new Set(manifest.streams.map((stream) => text(stream.recorder)))].filter(Boolean);
  const corrected = manifest.streams.filter((stream) => Math.abs(stream.clock_offset_ms) >= LEAST_CORRECTION_MS);
  const facts: Fact[] = [
    ...(versions.length > 0 ? [[words.recorderVersion, versions.join(", ")] as Fact] : []),
    [words.masked, words.maskedMeaning],
    [words.clock, corrected.length === 0 ? words.clockRight : words.clockCorrected(duration(Math.max(...corrected.map((stream) => Math.abs(stream.clock_offset_ms)))))],
    [words.shownWith, player.faults.value > 0 ? words.replayFaults(player.faults.value) : words.noFaults],
  ];
  return (
    <>
      <Facts facts={facts} />
      {states.value.slice(0, MOST_LINES).map((row) => (
        <button type="button" class="ph-line ph-tone-warn" key={row.key} onClick={() => player.seekToRow(row)}>
          <time>{stamp(row.atMs, manifest.start_ms, timeStyle.value)}</time>
          <span class="ph-row-text">{[row.text, row.note].filter(Boolean).join(": ")}</span>
        </button>
      ))}
    </>
  );
}

/** Gaps and assets: nothing is silently absent. */
function Missing({ manifest }: { manifest: Manifest }): JSX.Element {
  const { player, timeStyle } = useView();
  const assets = manifest.assets?.missing ?? [];
  if (manifest.gaps.length === 0 && assets.length === 0) return <p class="ph-muted">{words.nothingMissing}</p>;
  return (
    <>
      <ol class="ph-lines">
        {manifest.gaps.slice(0, MOST_LINES).map((gap) => (
          <li key={`${gap.stream} ${gap.first_seq} ${gap.body}`}>
            <button type="button" class="ph-line ph-line-tall" onClick={() => player.seek(gap.start_ms)}>
              <time>{stamp(gap.start_ms, manifest.start_ms, timeStyle.value)}</time>
              <span>
                {gapReason(text(gap.reason))}{" "}
                <span class="ph-muted">
                  {words.missingBody[gap.body] ?? ""} · {duration(Math.max(0, gap.end_ms - gap.start_ms))}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      {manifest.gaps.length > MOST_LINES && <p class="ph-muted">{words.more(manifest.gaps.length - MOST_LINES)}</p>}
      <Facts facts={assets.slice(0, MOST_LINES).map(({ kind, reason, url }): Fact => [text(kind), `${text(url)} (${words.assetReasons[reason] ?? text(reason)})`])} />
    </>
  );
}
