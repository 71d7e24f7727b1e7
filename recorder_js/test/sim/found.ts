/** Schedules that once broke a promise, as fast-check shrank them. They are played first. */
import type { Schedule } from "./schedule";

export const FOUND: Readonly<Record<string, Schedule>> = {
  "bytes given up while their refusal was on its way": {
    ...{ seed: 0, latencyMs: 2, isStrict: false },
    steps: [
      { do: "cut", kind: "plain", times: 1 },
      { do: "wait", ms: 5 },
      { do: "cut", kind: "poison", times: 1 },
      { do: "wait", ms: 5 },
      { do: "give_up" },
    ],
  },
  "a refusal of a POST from before the page left": {
    ...{ seed: 0, latencyMs: 2, isStrict: false },
    steps: [
      { do: "network", isUp: false },
      { do: "give_up" },
      { do: "cut", kind: "poison", times: 1 },
      { do: "wait", ms: 3_000 },
      { do: "hurry" },
      { do: "hide" },
    ],
  },
  "a gap that was blamed for a frame that could not be read": {
    ...{ seed: 744_375_262, latencyMs: 2, isStrict: false },
    steps: [
      { do: "cut", kind: "large", times: 1 },
      { do: "cut", kind: "plain", times: 6 },
      { do: "corrupt" },
      { do: "store", fault: "store_unavailable" },
      { do: "cut", kind: "plain", times: 2 },
      { do: "wait", ms: 3_000 },
      { do: "corrupt" },
      { do: "wait", ms: 1_000 },
      { do: "away", ms: 40 },
      { do: "cut", kind: "plain", times: 3 },
      { do: "wait", ms: 5 },
      { do: "store", fault: "store_unavailable" },
      { do: "wait", ms: 5 },
      { do: "store", fault: "store_unavailable" },
      { do: "send_away", code: "over_quota", afterMs: 0 },
    ],
  },
  "a late refusal of bytes that was taken for their gap's": {
    ...{ seed: 1993626586, latencyMs: 2, isStrict: false },
    steps: [
      { do: "cut", kind: "poison", times: 5 },
      { do: "away", ms: 40000 },
      { do: "cut", kind: "plain", times: 5 },
      { do: "cut", kind: "plain", times: 6 },
      { do: "corrupt" },
      { do: "store", fault: "store_unavailable" },
      { do: "give_up" },
      { do: "break", how: "lost" },
      { do: "wait", ms: 5 },
      { do: "sockets", areBlocked: false },
    ],
  },
};
