/** What this viewer chose, kept in their browser; without storage it lasts as long as the page. */

export function recall<Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice): Choice {
  try {
    const held = localStorage.getItem(`playhead:${name}`);
    return choices.find((choice) => choice === held) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** A number that was kept, where it lies inside these bounds. */
export function recallNumber(name: string, least: number, most: number): number | null {
  try {
    const held = Number(localStorage.getItem(`playhead:${name}`) || NaN);
    return held >= least && held <= most ? held : null;
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`playhead:${name}`, value);
  } catch {
    // a browser that keeps nothing
  }
}
