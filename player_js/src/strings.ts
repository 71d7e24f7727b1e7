/** Every word that the player says, in one place. */

export const words = {
  player: "Session replay",
  back: "Sessions",
  anonymous: "anonymous",
  copyLink: "Copy link at this time",
  copyLinkShort: "Copy link",
  linkCopied: (at: string): string => `Link at ${at} copied`,
  linkNotCopied: "The browser did not allow copying. The link is in the address bar.",
  close: "Close",

  play: "Play",
  pause: "Pause",
  replay: "Play again",
  back10: "Back 10 seconds",
  forward10: "Forward 10 seconds",
  speed: "Speed",
  skipIdle: "Skip idle",
  skipIdleTitle: "Jump over spans in which nothing happens",
  fullscreen: "Full screen",
  window: "Tab",
  followWindows: "Follow tabs",
  windowNumber: (number: number): string => `tab ${number}`,
  goLive: "Go to live",
  live: "live",
  shortcuts: "Keyboard shortcuts",
  timeline: "Timeline",
  stage: "Recorded page",

  loading: "Loading the session",
  buffering: "Buffering",
  waiting: "Live · waiting for what comes next",
  ended: "End of the session",
  idleUntil: (at: string): string => `Nothing happens until ${at}`,
  skippingIn: (seconds: number): string => `skipping in ${seconds}`,
  stay: "Stay",
  failedTitle: "The session could not be loaded",
  failedMeaning: "What was recorded is safe. Check the connection, then try again.",
  retry: "Try again",
  stageSilent: (origin: string): string => `The stage at ${origin} does not answer. The server’s PLAYER_ORIGIN must lead to it.`,
  empty: "Nothing was recorded in this session yet.",
  gapTitle: "Missing here",
  gapUntil: (at: string): string => `The picture comes back at ${at}.`,
  gapForGood: "The picture does not come back on this page.",

  tabs: { all: "All", events: "Events", console: "Console", network: "Network", person: "Person" },
  search: "Search",
  onlyErrors: "Only errors",
  follow: "Follow",
  followTitle: "Keep the row that is being played in view",
  noRows: "Nothing of this kind was recorded.",
  noMatches: "No row matches.",
  clearSearch: "Clear the search",
  loadingRows: "Loading events",
  details: "Details",

  personUnknown: "Nobody has been identified in this session.",
  personUnknownNext: "Call playhead.identify(…) when somebody signs in, and their earlier visits come under their name.",
  distinctIds: "Known as",
  properties: "Properties",
  sessionProperties: "Session properties",
  otherSessions: "Other sessions",
  noOtherSessions: "This is their only session.",
  openPerson: "Open person",
  copyValue: "Copy",
} as const;

const GAP_REASONS: Record<string, string> = {
  not_arrived: "These bytes have not arrived.",
  offline_cap: "The browser was offline for too long to keep them.",
  too_large: "They were too large to send.",
  frame_too_large: "They were too large to send.",
  throttled: "The site sent more than its limit.",
  crash: "The page crashed.",
  undecodable: "The stored bytes cannot be read.",
  blocked: "The site asked not to record this.",
  erased: "They were erased.",
};

/** Say in a sentence why bytes are missing. */
export function gapReason(reason: string): string {
  return GAP_REASONS[reason] ?? `Reason: ${reason.replace(/_/g, " ")}.`;
}
