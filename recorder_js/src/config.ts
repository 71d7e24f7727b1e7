/** Every option of init() and every limit: its default, its unit and its reason. docs/recorder.md says the same to people. */

export interface InitOptions {
  /** `pk_<project>_<random>`, from the project's settings. */
  writeKey: string;
  /** Origin of the Playhead server. Default: where the script came from. */
  host?: string;
  /** Block these from the recording (their box stays). Beside the class `ph-block`. */
  blockSelector?: string;
  /** Mask the text in these. Beside the class `ph-mask`. */
  maskSelector?: string;
  /** Record what is typed here as nothing at all. Beside the class `ph-ignore`. */
  ignoreSelector?: string;
  /** Session properties from the start: release, environment, flags, variants. */
  properties?: Record<string, unknown>;
  /** false: compress on the main thread even where a worker would do; a CSP without `worker-src blob:` then reports nothing. */
  worker?: boolean;
  /** Which images are kept for the replay: those whose answer says `Cache-Control: public` ("public", the default), "all" that can
   * be read, "none", or the public ones and those whose address begins with one of these. Fonts and stylesheets are always kept. */
  images?: "public" | "all" | "none" | string[];
  /** false: init() does not start; call start(), say after consent. */
  autoStart?: boolean;
}

export interface Config {
  writeKey: string;
  project: string;
  host: string;
  blockSelector: string | null;
  maskSelector: string;
  ignoreSelector: string | null;
  properties: Record<string, unknown>;
  worker: boolean;
  images: "public" | "all" | "none" | string[];
  autoStart: boolean;
}

export const LIMITS = {
  idleMs: 30 * 60_000, // a visit ends when nobody did anything for so long
  sessionMs: 24 * 3_600_000, // and at the latest here
  touchMs: 5_000, // how often activity is written where other tabs see it
  cutAfterMs: 900, // from a chunk's first event; with the road it makes "seen within a second or two"
  cutChars: 245_760, // JSON text of one dom body
  cutLogChars: 65_536, // of one log body: three bytes a character still make one slice
  cutLogEvents: 1_000,
  partBytes: 262_144, // raw; 256 of them make the 64 MiB of one event, and whatever gzip does the frame stays below 512 KiB
  queueBytes: 4 * 1_048_576, // in memory: unencoded, unacked, on its way to the disk; more becomes a gap
  spoolBytes: 28 * 1_048_576, // on disk, of an origin; when passed the oldest goes, so that it stays below 32 MiB
  spoolRoomBytes: 4 * 1_048_576, // what goes then
  spoolPartsBytes: 16 * 1_048_576, // a large event fills no more of it
  spoolSnapshotBytes: 8 * 1_048_576, // on disk, a full snapshot so often: where a gap may end
  spoolMs: 24 * 3_600_000, // what nobody fetched in so long is removed
  spoolAfterMs: 3_000, // without an ack, what is unacked goes to the disk too
  clockJumpMs: 30_000, // between wall and monotonic clock: a new stream
  syncEncodeChars: 32_768, // on hide, as much is encoded at once instead of waiting for the compressor
  textChars: 200, // an element's words, a name
  messageChars: 2_000, // a console argument, an error's message
  stackChars: 4_000,
  urlChars: 2_048,
  consoleArgs: 20,
  logPerSecond: 200, // of console, and of network; what is above is counted, not kept
  propertiesChars: 16_384,
  propertiesDepth: 6,
  rageClicks: 3,
  rageMs: 1_000,
  ragePixels: 30,
} as const;

export const CLASSES = { block: "ph-block", mask: "ph-mask", ignore: "ph-ignore" } as const;

/** What a person types outside of form fields is masked like what is typed inside. */
const EDITABLE = "[contenteditable]:not([contenteditable='false'])";

const WRITE_KEY = /^pk_([0-9a-z]{4,16})_[0-9A-Za-z]{8,48}$/;

/** The option whose selector does not parse here. To go on without it would tell what it hides. */
function badSelector(options: InitOptions): "blockSelector" | "maskSelector" | "ignoreSelector" | undefined {
  return (["blockSelector", "maskSelector", "ignoreSelector"] as const).find((name) => {
    try {
      document.createDocumentFragment().querySelector(options[name] || "*");
      return false;
    } catch {
      return true;
    }
  });
}

/** Check and complete the options. Returns a sentence when they cannot work. */
export function readConfig(options: InitOptions, scriptOrigin: string): Config | string {
  const project = WRITE_KEY.exec(String(options.writeKey))?.[1];
  if (!project) return "the write key is missing or not of the form pk_<project>_<random>";
  const host = (options.host ?? scriptOrigin).replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]+/.test(host)) return "host is missing; give the origin of your Playhead server";
  const bad = badSelector(options);
  if (bad) return `${bad} is not a CSS selector: ${options[bad]}`;
  return {
    writeKey: options.writeKey,
    project,
    host,
    blockSelector: options.blockSelector ?? null,
    maskSelector: [`.${CLASSES.mask}`, EDITABLE, options.maskSelector].filter(Boolean).join(","),
    ignoreSelector: options.ignoreSelector ?? null,
    properties: options.properties ?? {},
    worker: options.worker !== false,
    images: options.images ?? "public",
    autoStart: options.autoStart !== false,
  };
}
