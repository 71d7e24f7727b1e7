/** The whole player page. */
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { words } from "../strings";
import { useView } from "./context";
import { Controls } from "./controls";
import { Header } from "./header";
import { Help } from "./help";
import { Inspector } from "./inspector/inspector";
import { handleKeys } from "./keys";
import { Stage } from "./stage";
import { TimelineBar } from "./timeline-bar";

export function App(): JSX.Element {
  const view = useView();
  const { player, root } = view;
  useEffect(() => handleKeys(view), [view]);
  useSignalEffect(() => {
    // What tests, benchmarks and embedding pages read.
    const { state } = player.situation.value;
    root.dataset.state = state;
    root.dataset.timeMs = String(Math.round(player.timeMs.value));
    root.dataset.stream = player.stream.value?.id ?? "";
    root.dataset.live = String(player.isLive.value);
    if (player.firstFrameAt.value !== null) root.dataset.firstFrameAt = String(Math.round(player.firstFrameAt.value));
  });
  return (
    <div class="ph-player" aria-label={words.player} role="region">
      <Header />
      <div class="ph-body" style={{ "--ph-panel": view.panelPx.value === null ? undefined : `${view.panelPx.value}px` }}>
        <div class="ph-watch">
          <Stage />
          <div class="ph-dock">
            <TimelineBar />
            <Controls />
          </div>
        </div>
        <Inspector />
      </div>
      <Help />
      <div class="ph-toast" role="status" aria-live="polite" hidden={view.toast.value === null}>
        {view.toast.value}
      </div>
    </div>
  );
}
