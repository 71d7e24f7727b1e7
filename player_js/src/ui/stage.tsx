/** The recorded page with its address bar, and over it, in words, whatever is not as it should be. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clockTime } from "../format";
import { addressAt } from "../rows";
import { gapReason, words } from "../strings";
import { useView } from "./context";
import { Icon } from "./icons";
import { keepFocus } from "./keep-focus";

export function Stage(): JSX.Element {
  const { player } = useView();
  const frame = useRef<HTMLIFrameElement>(null);
  useLayoutEffect(() => {
    // At once, not after the first paint: the stage document is the longest wait of all.
    if (!frame.current) return;
    player.open(frame.current);
    return keepFocus(frame.current);
  }, [player]);
  const size = player.viewport.value;
  const aspect = size && size.width > 0 && size.height > 0 ? `${size.width} / ${size.height}` : "16 / 9";
  return (
    <section class="ph-stage" aria-label={words.stage}>
      <AddressBar />
      <div class="ph-screen" style={{ "--ph-aspect": aspect }} onClick={() => player.toggle()}>
        <iframe ref={frame} class="ph-frame" title={words.stage} tabIndex={-1} inert referrerpolicy="no-referrer" allow="" />
        <Overlay />
      </div>
    </section>
  );
}

function AddressBar(): JSX.Element {
  const { player } = useView();
  const stream = player.stream.value;
  const timeline = player.timeline.value;
  const atMs = player.timeMs.value;
  const url = addressAt(player.rows.value, stream?.id, atMs) ?? stream?.entry_url ?? "";
  const number = timeline?.manifest.windows.find((window) => window.id === stream?.window)?.number;
  const size = player.viewport.value;
  return (
    <div class="ph-address">
      <span class="ph-url" title={url}>
        {url || "\u00a0"}
      </span>
      {size && size.width > 0 && (
        <span class="ph-fact">
          {size.width}×{size.height}
        </span>
      )}
      {number !== undefined && <span class="ph-fact">{words.windowNumber(number)}</span>}
    </div>
  );
}

function Overlay(): JSX.Element | null {
  const { player } = useView();
  const { state } = player.situation.value;
  const timeline = player.timeline.value;
  const gap = player.gap.value;
  const skipInS = player.skipInS.value;
  if (state === "failed") return <Failed />;
  if (timeline && timeline.manifest.streams.length === 0) return <div class="ph-veil ph-calm">{words.empty}</div>;
  if (state === "loading") return <div class="ph-veil ph-calm ph-late">{words.loading}</div>;
  if (gap && timeline) {
    const comesBack = gap.endMs < timeline.endMs;
    return (
      <div class="ph-veil ph-gap" role="status">
        <strong>{words.gapTitle}</strong>
        <span>{gapReason(gap.reason)}</span>
        <span>{comesBack ? words.gapUntil(clockTime(gap.endMs - timeline.startMs)) : words.gapForGood}</span>
      </div>
    );
  }
  if (player.firstFrameAt.value === null) return <div class="ph-veil ph-calm ph-late">{words.loading}</div>;
  if (state === "buffering") return <div class="ph-chip ph-late">{words.buffering}</div>;
  if (state === "waiting") return <div class="ph-chip">{words.waiting}</div>;
  if (skipInS !== null && timeline) {
    const idle = timeline.idleAt(player.timeMs.value);
    return (
      <div class="ph-chip" role="status" onClick={(event) => event.stopPropagation()}>
        {words.idleUntil(clockTime((idle?.endMs ?? timeline.endMs) - timeline.startMs))} · {words.skippingIn(skipInS)}
        <button type="button" class="ph-text-button" onClick={() => player.stay()}>
          {words.stay}
        </button>
      </div>
    );
  }
  if (player.isOver.value) {
    return (
      <div class="ph-chip" onClick={(event) => event.stopPropagation()}>
        {words.ended}
        <button type="button" class="ph-text-button" onClick={() => player.play()}>
          <Icon name="replay" /> {words.replay}
        </button>
      </div>
    );
  }
  return null;
}

function Failed(): JSX.Element {
  const { player } = useView();
  return (
    <div class="ph-veil ph-calm" role="alert" onClick={(event) => event.stopPropagation()}>
      <strong>{words.failedTitle}</strong>
      {player.failure.value && <span>{player.failure.value}</span>}
      <span>{words.failedMeaning}</span>
      <button type="button" class="ph-button" onClick={() => player.retry()}>
        {words.retry}
      </button>
    </div>
  );
}
