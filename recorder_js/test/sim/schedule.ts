/** What may happen, and in which order: schedules that fast-check makes and shrinks. */
import fc from "fast-check";
import type { Code } from "../../src/wire/refusals";
import type { Break } from "./network";
import type { CutKind } from "./page";

export type Step =
  | { do: "wait"; ms: number }
  | { do: "cut"; kind: CutKind; times: number }
  | { do: "break"; how: Break }
  | { do: "network"; isUp: boolean }
  | { do: "sockets"; areBlocked: boolean }
  | { do: "kill"; process: number }
  | { do: "store"; fault: Code | null }
  | { do: "press"; level: number }
  | { do: "send_away"; code: Code; afterMs: number }
  | { do: "hide" }
  | { do: "show" }
  | { do: "away"; ms: number } // hidden for so long that its oldest bytes are given up
  | { do: "hurry" }
  | { do: "die" }
  | { do: "drain" }
  | { do: "give_up" }
  | { do: "corrupt" }
  | { do: "erase" };

export interface Schedule {
  seed: number;
  latencyMs: number;
  isStrict: boolean;
  steps: Step[];
}

const wait = fc.constantFrom(5, 40, 200, 900, 1_000, 3_000, 12_000, 40_000).map((ms): Step => ({ do: "wait", ms }));
const cut = fc
  .record({ kind: fc.constantFrom<CutKind>("plain", "plain", "plain", "plain", "large", "poison", "snapshot"), times: fc.integer({ min: 1, max: 6 }) })
  .map((one): Step => ({ do: "cut", ...one }));
const road = fc.oneof(
  fc.constantFrom<Break>("lost", "late", "half_open").map((how): Step => ({ do: "break", how })),
  fc.boolean().map((isUp): Step => ({ do: "network", isUp })),
  fc.boolean().map((areBlocked): Step => ({ do: "sockets", areBlocked })),
  fc.constant<Step>({ do: "hurry" }),
  fc.constant<Step>({ do: "corrupt" }),
);
const server = fc.oneof(
  fc.integer({ min: 0, max: 1 }).map((process): Step => ({ do: "kill", process })),
  fc.constantFrom<Code | null>("store_unavailable", "index_unavailable", "store_full", null).map((fault): Step => ({ do: "store", fault })),
  fc.constantFrom(0, 0, 0.3, 0.6, 1).map((level): Step => ({ do: "press", level })),
  fc
    .record({ code: fc.constantFrom<Code>("over_quota", "too_many", "server_closing"), afterMs: fc.constantFrom(0, 500, 20_000) })
    .map((one): Step => ({ do: "send_away", ...one })),
);
const life = fc.oneof(
  fc.constantFrom<Step>({ do: "hide" }, { do: "show" }, { do: "hide" }, { do: "show" }, { do: "drain" }, { do: "give_up" }, { do: "die" }),
  fc.constantFrom(40, 1_000, 40_000).map((ms): Step => ({ do: "away", ms })),
);
const erasure = fc.constant<Step>({ do: "erase" });

const step = fc.oneof(
  { weight: 30, arbitrary: wait },
  { weight: 30, arbitrary: cut },
  { weight: 14, arbitrary: road },
  { weight: 12, arbitrary: server },
  { weight: 13, arbitrary: life },
  { weight: 1, arbitrary: erasure },
);

export const schedules = fc.record<Schedule>({
  seed: fc.integer(),
  latencyMs: fc.constantFrom(2, 60, 2_000),
  isStrict: fc.boolean(),
  steps: fc.array(step, { minLength: 5, maxLength: 30 }),
});
