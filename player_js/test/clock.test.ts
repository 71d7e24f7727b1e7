import { expect, it } from "vitest";
import { Clock } from "../src/clock";

it("moves only while it runs, at its rate, and keeps its place when the rate changes", () => {
  let now = 0;
  const clock = new Clock(() => now, 1_000);
  now = 500;
  expect(clock.read()).toBe(1_000);
  clock.start();
  now = 600;
  expect(clock.read()).toBe(1_100);
  clock.setRate(4);
  now = 700;
  expect(clock.read()).toBe(1_500);
  clock.stop();
  now = 9_000;
  expect(clock.read()).toBe(1_500);
  clock.set(3_000);
  expect([clock.read(), clock.isRunning]).toEqual([3_000, false]);
});
