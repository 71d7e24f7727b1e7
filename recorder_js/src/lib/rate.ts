/** At most so many in a second of the given clock; the rest is counted. */
export function createRate(mostPerSecond: number, now: () => number): { allows(): boolean } {
  let second = 0;
  let count = 0;
  return {
    allows() {
      const current = Math.floor(now() / 1000);
      if (current !== second) [second, count] = [current, 0];
      return ++count <= mostPerSecond;
    },
  };
}
