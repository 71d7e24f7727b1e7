/** What the viewer can do to time. */
import type { JSX } from "preact";
import { clockTime, wallTime } from "../format";
import { RATES } from "../player";
import { words } from "../strings";
import { useView } from "./context";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  icon: IconName;
  label: string;
  shortcut: string;
  act: () => void;
  isMain?: boolean;
}

function IconButton({ icon, label, shortcut, act, isMain }: ButtonProps): JSX.Element {
  return (
    <button type="button" class={`ph-icon-button ${isMain ? "ph-main" : ""}`} aria-label={label} title={`${label} (${shortcut})`} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}

export function toggleFullscreen(root: HTMLElement): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void root.requestFullscreen?.().catch(() => undefined);
}

export function Controls(): JSX.Element {
  const view = useView();
  const { player, root } = view;
  const timeline = player.timeline.value;
  const { wantsPlay } = player.situation.value;
  const atMs = player.timeMs.value;
  const startMs = timeline?.startMs ?? atMs;
  const isEnded = player.isOver.value;
  return (
    <div class="ph-controls">
      <IconButton
        icon={wantsPlay ? "pause" : isEnded ? "replay" : "play"}
        label={wantsPlay ? words.pause : isEnded ? words.replay : words.play}
        shortcut="space"
        act={() => player.toggle()}
        isMain
      />
      <IconButton icon="back" label={words.back10} shortcut="j" act={() => player.step(-10_000)} />
      <IconButton icon="forward" label={words.forward10} shortcut="l" act={() => player.step(10_000)} />
      <span class="ph-time" title={wallTime(atMs)}>
        <span class="ph-now">{clockTime(atMs - startMs)}</span> / {clockTime(timeline?.durationMs ?? 0)}
      </span>
      {player.isLive.value && (
        <button type="button" class={`ph-text-button ph-golive ${player.isAtLive.value ? "ph-is-live" : ""}`} onClick={() => player.goLive()} title={`${words.goLive} (end)`}>
          ● {player.isAtLive.value ? words.live : words.goLive}
        </button>
      )}
      <span class="ph-space" />
      <Windows />
      <label class="ph-toggle" title={`${words.skipIdleTitle} (s)`}>
        <input type="checkbox" checked={player.skipsIdle.value} onChange={(event) => (player.skipsIdle.value = event.currentTarget.checked)} />
        {words.skipIdle}
      </label>
      <label class="ph-select" title={`${words.speed} (< >)`}>
        <span class="ph-unseen">{words.speed}</span>
        <select value={String(player.rate.value)} onChange={(event) => player.setRate(Number(event.currentTarget.value))}>
          {RATES.map((rate) => (
            <option value={String(rate)}>{rate}×</option>
          ))}
        </select>
      </label>
      <IconButton icon="help" label={words.shortcuts} shortcut="?" act={() => (view.helpIsOpen.value = true)} />
      <IconButton icon="full" label={words.fullscreen} shortcut="f" act={() => toggleFullscreen(root)} />
    </div>
  );
}

function Windows(): JSX.Element | null {
  const { player } = useView();
  const windows = player.timeline.value?.manifest.windows ?? [];
  if (windows.length < 2) return null;
  return (
    <label class="ph-select">
      <span class="ph-unseen">{words.window}</span>
      <select value={player.pinnedWindow.value ?? ""} onChange={(event) => player.pinWindow(event.currentTarget.value || null)}>
        <option value="">{words.followWindows}</option>
        {windows.map((window) => (
          <option value={window.id}>{words.windowNumber(window.number)}</option>
        ))}
      </select>
    </label>
  );
}
