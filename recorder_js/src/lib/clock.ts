/** The stream clock: the wall clock when the stream began, moved on by the monotonic one, so that it never steps back. */
export interface Clock {
  now(): number;
  /** How far the wall clock has run away: the machine slept, or somebody set it. */
  drift(): number;
  /** A wall-clock time of the page, on the stream clock. */
  fromWall(epochMs: number): number;
  /** A performance.now() time, on the stream clock. */
  fromMono(monoMs: number): number;
}

export function createClock(wall: () => number = Date.now, mono: () => number = () => performance.now()): Clock {
  const wallAtStart = wall();
  const monoAtStart = mono();
  const fromMono = (monoMs: number): number => wallAtStart + (monoMs - monoAtStart);
  const now = (): number => fromMono(mono());
  const drift = (): number => wall() - now();
  return { now, drift, fromMono, fromWall: (epochMs) => epochMs - drift() };
}
