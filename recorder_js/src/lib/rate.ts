import { guard } from "./guard";

/** At most so many in a second of the given clock; how many more there were is told when the second is over. */
export function createRate(mostPerSecond: number, now: () => number, onDropped: (count: number) => void): { allows(): boolean } {
  let second = 0;
  let count = 0;
  let dropped = 0;
  const tell = guard(() => {
    onDropped(dropped);
    dropped = 0;
  });
  return {
    allows() {
      const current = Math.floor(now() / 1000);
      if (current !== second) [second, count] = [current, 0];
      if (++count <= mostPerSecond) return true;
      if (dropped++ === 0) setTimeout(tell, (current + 1) * 1000 - now());
      return false;
    },
  };
}
