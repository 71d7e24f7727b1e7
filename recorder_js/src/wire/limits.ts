/** The bounds of SPEC.md §6 that a page or a reader must keep. Twin of replay/wire/limits.py. */
export const MAX_FRAME_BYTES = 524_288;
export const MAX_DOM_RAW_BYTES = 8 * 1_048_576; // inflated, one chunk
export const MAX_LOG_RAW_BYTES = 1_048_576; // inflated, one chunk
export const MAX_LOG_EVENTS = 5_000;
export const MAX_PARTS = 256;
export const MAX_PARTS_RAW_BYTES = 64 * 1_048_576;
export const MAX_BEACON_BYTES = 1_048_576;
export const MAX_BEACON_FRAMES = 64;
