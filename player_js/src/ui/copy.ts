/** To the clipboard, and a word about it. */
import { streamOf } from "../manifest";
import type { Player } from "../player";
import type { Row } from "../rows";
import { words } from "../strings";
import type { View } from "./context";

export async function copyText(view: View, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    view.say(words.copied);
  } catch {
    view.say(words.notCopied);
  }
}

/** The link that opens at this row, not a part of a millisecond before it, with the row chosen; on its recorder’s clock, so that it survives a corrected offset. */
export function linkToRow(player: Player, row: Row): string {
  const { project, session } = player.options;
  const manifest = player.timeline.value?.manifest;
  const offsetMs = (manifest && streamOf(manifest, row.stream)?.clock_offset_ms) ?? 0;
  const query = new URLSearchParams({ at: String(Math.ceil(row.atMs - offsetMs)), stream: row.stream, event: row.id });
  return `${location.origin}/s/${project}/${session}?${query.toString()}`;
}
