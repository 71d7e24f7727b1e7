/**
 * The player's states, and every arrow between them.
 *
 *   loading ── opened ──▶ buffering ── fed ──▶ playing | paused      (as the viewer last wished)
 *   playing ── starved ──▶ buffering          the bytes of the moment are not here yet
 *   playing ── end ──▶ ended                  the session is over
 *   playing ── edge ──▶ waiting ── fed ──▶ playing                   a live session goes on soon
 *   any ── failed ──▶ failed ── retry ──▶ loading
 *
 * A signal without an arrow changes nothing. `wantsPlay` is the viewer's wish and outlives buffering.
 */
export type State = "loading" | "buffering" | "playing" | "paused" | "waiting" | "ended" | "failed";
export type Signal = "opened" | "fed" | "starved" | "play" | "pause" | "seek" | "end" | "edge" | "failed" | "retry";

export interface Situation {
  state: State;
  wantsPlay: boolean;
}

/** `wish` stands for playing or paused, whichever the viewer wants. */
type Target = State | "wish";

const ARROWS: Record<State, Partial<Record<Signal, Target>>> = {
  loading: { opened: "buffering" },
  buffering: { fed: "wish" },
  playing: { pause: "paused", starved: "buffering", seek: "buffering", end: "ended", edge: "waiting" },
  paused: { play: "playing", starved: "buffering", seek: "buffering" },
  waiting: { pause: "paused", fed: "wish", seek: "buffering", end: "ended" },
  ended: { play: "buffering", seek: "buffering", edge: "waiting" },
  failed: { retry: "loading" },
};

export function next({ state, wantsPlay }: Situation, signal: Signal): Situation {
  const wish = signal === "play" ? true : signal === "pause" || signal === "end" ? false : wantsPlay;
  const target: Target = signal === "failed" ? "failed" : (ARROWS[state][signal] ?? state);
  return { state: target === "wish" ? (wish ? "playing" : "paused") : target, wantsPlay: wish };
}
