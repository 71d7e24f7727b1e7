/** The shop's only words to Playhead. Calls made before the script has loaded wait in the array. */
export function tell(name, ...args) {
  (window.playhead ??= []).push([name, ...args]);
}

/** A link to the replay of this very moment, or null while nothing is recorded. */
export function linkToNow() {
  return window.playhead?.sessionUrl?.({ at: "now" }) ?? null;
}
