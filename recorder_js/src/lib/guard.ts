/** Nothing that we run inside the page may throw into it. */

let onTrouble: (error: unknown) => void = () => undefined;

/** Where guarded errors go: nowhere, unless somebody listens. */
export function listenForTrouble(listener: (error: unknown) => void): void {
  onTrouble = listener;
}

export function reportTrouble(error: unknown): void {
  try {
    onTrouble(error);
  } catch {
    // the listener's own trouble ends here
  }
}

/** Wrap a function so that it never throws; it then returns undefined. */
export function guard<Args extends unknown[], Result>(
  run: (...args: Args) => Result,
): (...args: Args) => Result | undefined {
  return (...args) => {
    try {
      return run(...args);
    } catch (error) {
      reportTrouble(error);
      return undefined;
    }
  };
}
