/** Who this is, on what device, and the link to this very moment. */
import type { JSX } from "preact";
import { clockTime, wallTime } from "../format";
import type { SessionRow } from "../manifest";
import { words } from "../strings";
import { useView, type View } from "./context";
import { ExportMenu } from "./export-menu";
import { Icon } from "./icons";

export async function copyLink(view: View): Promise<void> {
  const { player } = view;
  const timeline = player.timeline.value;
  if (!timeline) return;
  const atMs = player.timeMs.value;
  try {
    await navigator.clipboard.writeText(player.linkAt(atMs));
    view.say(words.linkCopied(clockTime(atMs - timeline.startMs)));
  } catch {
    history.replaceState(null, "", player.linkAt(atMs));
    view.say(words.linkNotCopied);
  }
}

export function nameOf(session: SessionRow): string {
  const { person, distinct_id } = session;
  if (!person?.is_identified && distinct_id === "imported") return words.imported; // by a file that names nobody
  if (!person?.is_identified) return `${words.anonymous} ${distinct_id.slice(-4)}`;
  return person.name || person.email || person.distinct_id || distinct_id;
}

export function deviceOf({ browser, browser_version, os }: SessionRow): string {
  const major = browser_version?.split(".")[0] ?? "";
  return [`${browser} ${major}`.trim(), os].filter(Boolean).join(", ");
}

export function Header(): JSX.Element {
  const view = useView();
  const { player } = view;
  const { project } = player.options;
  const session = player.timeline.value?.manifest.session;
  const release = session?.properties?.release;
  return (
    <header class="ph-header">
      <a class="ph-link" href={`/p/${project}/sessions/`}>
        <Icon name="left" />
        {words.back}
      </a>
      {session && (
        <div class="ph-who" title={wallTime(session.started_at_ms)}>
          <h1 class="ph-name">{session.person ? <a href={`/p/${project}/persons/${session.person.id}/`}>{nameOf(session)}</a> : nameOf(session)}</h1>
          {session.person?.email && session.person.name && <span class="ph-fact">{session.person.email}</span>}
          {deviceOf(session) && <span class="ph-fact">{deviceOf(session)}</span>}
          {typeof release === "string" && <span class="ph-fact">{release}</span>}
        </div>
      )}
      {player.isLive.value && <span class="ph-live">{words.live}</span>}
      <button type="button" class="ph-button ph-copy" onClick={() => void copyLink(view)} title={`${words.copyLink} (c)`}>
        <Icon name="link" />
        <span class="ph-wide">{words.copyLink}</span>
        <span class="ph-narrow">{words.copyLinkShort}</span>
        <kbd>c</kbd>
      </button>
      <ExportMenu />
    </header>
  );
}
