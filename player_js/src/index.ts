/** The player's public face: `mount(element, options)`. On the player page it mounts itself. */
import { effect } from "@preact/signals";
import { h, render } from "preact";
import type { State } from "./machine";
import { Player, type PlayerOptions } from "./player";
import { App } from "./ui/app";
import { Provider, View } from "./ui/context";
import "./ui/player.css";

export type { PlayerOptions };

/** What an embedding page can listen to. */
export interface Signals {
  state: State;
  time: number; // server clock, ms
  firstframe: number; // on the page's performance clock, ms
}

export interface Handle {
  play(): void;
  pause(): void;
  /** Go to a moment on the server's clock, ms. */
  seek(ms: number): void;
  on<Name extends keyof Signals>(name: Name, hear: (value: Signals[Name]) => void): () => void;
  dispose(): void;
  timeMs(): number;
  state(): State;
}

export function mount(element: HTMLElement, options: PlayerOptions): Handle {
  const player = new Player(options);
  const view = new View(player, element);
  render(h(Provider, { value: view }, h(App, null)), element);
  const read: { [Name in keyof Signals]: () => Signals[Name] | null } = {
    state: () => player.situation.value.state,
    time: () => player.timeMs.value,
    firstframe: () => player.firstFrameAt.value,
  };
  return {
    play: () => player.play(),
    pause: () => player.pause(),
    seek: (ms) => player.seek(ms),
    timeMs: () => player.timeMs.value,
    state: () => player.situation.value.state,
    on: (name, hear) =>
      effect(() => {
        const value = read[name]();
        if (value !== null) hear(value as never);
      }),
    dispose: () => {
      player.dispose();
      render(null, element);
    },
  };
}

/** The link's wishes: the moment and its stream or event. */
function wishes(search: string): Pick<PlayerOptions, "at" | "stream" | "event"> {
  const query = new URLSearchParams(search);
  const at = query.get("at");
  const atMs = at === null || at === "" ? null : Number(at);
  return { at: atMs !== null && Number.isFinite(atMs) ? atMs : null, stream: query.get("stream"), event: query.get("event") };
}

/** On the player page: mount where the page says. */
function start(element: HTMLElement): void {
  const { project, session, api, stage } = element.dataset;
  if (!project || !session || !api || !stage) return;
  const handle = mount(element, { project, session, api, stage, ...wishes(location.search) });
  Object.assign(window, { playheadPlayer: { ...handle, seekTo: handle.seek } });
}

// The tag is async, so that the player need not wait for the rest of the page; it may even come before its own element.
const here = document.getElementById("player");
if (here) start(here);
else if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", () => {
    const element = document.getElementById("player");
    if (element) start(element);
  });
}
