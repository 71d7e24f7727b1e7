// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FOUND } from "./found";
import { PLANTS } from "./plants";
import { play } from "./play";
import { schedules } from "./schedule";
import { Broken } from "./world";

const SEED = Number(process.env.SIM_SEED ?? 20_261_123);
const SLICE = 500; // so that the test runner hears of us now and then
const RUNS = Number(process.env.SIM_RUNS ?? 10_000);

describe(`simulated pages, networks and servers (SIM_SEED=${SEED})`, () => {
  const slices = Array.from({ length: Math.ceil(RUNS / SLICE) }, (_, index) => SEED + index);

  it.each(Object.entries(FOUND))("keep every promise in what was found before: %s", (_name, schedule) => {
    expect(play(schedule)).toBeGreaterThan(0);
  });

  it.each(slices)(`keep every promise in ${Math.min(RUNS, SLICE)} schedules of seed %i`, { timeout: 600_000 }, (seed) => {
    fc.assert(
      fc.property(schedules, (schedule) => void play(schedule)),
      { seed, numRuns: Math.min(RUNS, SLICE) },
    );
  });

  it.each(Object.entries(PLANTS))("find the planted bug: %s", { timeout: 600_000 }, (_name, bugs) => {
    const found = fc.check(
      fc.property(schedules, (schedule) => void play(schedule, bugs)),
      { seed: SEED, numRuns: 3_000, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
    expect(found.errorInstance).toBeInstanceOf(Broken);
  });
});
