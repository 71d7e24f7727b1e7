/** Who this was: properties, every distinct_id, other sessions. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { PersonDetail } from "../api";
import { clockTime, path, wallTime } from "../format";
import { text } from "../rows";
import { words } from "../strings";
import { useView } from "./context";
import { nameOf } from "./header";

export function Person(): JSX.Element {
  const { player } = useView();
  const detail = useSignal<PersonDetail | null>(null);
  const hasFailed = useSignal(false);
  const session = player.timeline.value?.manifest.session;
  const id = session?.person?.id;
  useEffect(() => {
    if (!id) return;
    hasFailed.value = false;
    player.api.person(id).then((person) => (detail.value = person), () => (hasFailed.value = true));
  }, [id]);
  if (!session) return <p class="ph-nothing ph-late">{words.loading}</p>;
  const others = (detail.value?.recent_sessions ?? []).filter((other) => other.id !== session.id);
  return (
    <div class="ph-person" id="ph-panel" role="tabpanel" aria-labelledby="ph-tab-person">
      <h2>{nameOf(session)}</h2>
      {!session.person?.is_identified && (
        <p class="ph-muted">
          {words.personUnknown} {words.personUnknownNext}
        </p>
      )}
      {hasFailed.value && (
        <p class="ph-tone-bad" role="alert">
          {words.personFailed}
        </p>
      )}
      {detail.value && session.person?.is_identified && <Facts title={words.properties} facts={detail.value.properties} none={words.noProperties} />}
      <Facts title={words.sessionProperties} facts={session.properties} />
      <h3>{words.distinctIds}</h3>
      <ul class="ph-ids">
        {(detail.value?.distinct_ids ?? [{ distinct_id: session.distinct_id }]).map((known) => (
          <li>{text(known.distinct_id)}</li>
        ))}
      </ul>
      {detail.value && (
        <>
          <h3>{words.otherSessions}</h3>
          {others.length === 0 && <p class="ph-muted">{words.noOtherSessions}</p>}
          <ul class="ph-others">
            {others.map((other) => (
              <li>
                <a href={`/s/${player.options.project}/${other.id}`} title={wallTime(other.started_at_ms)}>
                  <span>{new Date(other.started_at_ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</span>
                  <span class="ph-row-text">{path(other.entry_url)}</span>
                  <span class="ph-note">{clockTime(other.duration_ms)}</span>
                </a>
              </li>
            ))}
          </ul>
          <p>
            <a class="ph-link" href={`/p/${player.options.project}/persons/${detail.value.id}/`}>
              {words.openPerson}
            </a>
          </p>
        </>
      )}
    </div>
  );
}

function Facts({ title, facts, none }: { title: string; facts: Record<string, unknown>; none?: string }): JSX.Element | null {
  const entries = Object.entries(facts);
  if (entries.length === 0 && !none) return null;
  return (
    <>
      <h3>{title}</h3>
      {entries.length === 0 && <p class="ph-muted">{none}</p>}
      <dl class="ph-facts">
        {entries.map(([name, value]) => (
          <div>
            <dt>{text(name)}</dt>
            <dd>{text(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
