import { describe, expect, it } from "vitest";
import { next, type Signal, type Situation } from "../src/machine";

const run = (from: Situation, ...signals: Signal[]): Situation => signals.reduce(next, from);
const loading = (wantsPlay: boolean): Situation => ({ state: "loading", wantsPlay });

describe("the machine", () => {
  it("opens a link paused and a plain session playing", () => {
    expect(run(loading(false), "opened", "fed").state).toBe("paused");
    expect(run(loading(true), "opened", "fed").state).toBe("playing");
  });

  it("remembers the viewer's wish while it buffers", () => {
    expect(run(loading(true), "opened", "fed", "starved", "fed").state).toBe("playing");
    expect(run(loading(true), "opened", "fed", "starved", "pause", "fed").state).toBe("paused");
    expect(run(loading(true), "opened", "pause", "fed").state).toBe("paused");
  });

  it("waits at the live edge and goes on by itself", () => {
    expect(run(loading(true), "opened", "fed", "edge")).toEqual({ state: "waiting", wantsPlay: true });
    expect(run(loading(true), "opened", "fed", "edge", "fed").state).toBe("playing");
  });

  it("ends, and plays again", () => {
    expect(run(loading(true), "opened", "fed", "end")).toEqual({ state: "ended", wantsPlay: false });
    expect(run(loading(true), "opened", "fed", "end", "play", "fed").state).toBe("playing");
  });

  it("fails from anywhere, and starts over", () => {
    expect(run(loading(true), "failed", "play", "retry").state).toBe("loading");
  });

  it("passes over signals without an arrow", () => {
    expect(run(loading(true), "fed", "starved", "edge").state).toBe("loading");
  });
});
