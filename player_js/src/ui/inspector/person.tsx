/** Who this was: properties, every distinct_id, other sessions. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { PersonDetail } from "../../api";
import type { Fact } from "../../details";
import { clockTime, path, wallTime } from "../../format";
import type { SessionRow } from "../../manifest";
import { words } from "../../strings";
import { text } from "../../text";
import { useView } from "../context";
import { nameOf } from "../header";
import { Facts } from "./facts";
import { Marked } from "./marked";

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

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
  const isKnown = session.person?.is_identified;
  const properties = Object.entries(detail.value?.properties ?? {}).map(([name, value]): Fact => [text(name), text(value)]);
  return (
    <>
      <h2>
        <Marked text={nameOf(session)} />
      </h2>
      {!isKnown && (
        <p class="ph-muted">
          {words.personUnknown} {words.personUnknownNext}
        </p>
      )}
      {hasFailed.value && (
        <p class="ph-tone-bad" role="alert">
          {words.personFailed}
        </p>
      )}
      {detail.value && isKnown && (
        <>
          <h3>{words.properties}</h3>
          {properties.length === 0 ? <p class="ph-muted">{words.noProperties}</p> : <Facts facts={properties} />}
        </>
      )}
      <h3>{words.distinctIds}</h3>
      <ul class="ph-ids">
        {(detail.value?.distinct_ids ?? [{ distinct_id: session.distinct_id }]).map((known) => (
          <li>
            <Marked text={text(known.distinct_id)} />
          </li>
        ))}
      </ul>
      {detail.value && <Others person={detail.value} session={session} />}
    </>
  );
}

function Others({ person, session }: { person: PersonDetail; session: SessionRow }): JSX.Element {
  const { project } = useView().player.options;
  const others = (person.recent_sessions ?? []).filter((other) => other.id !== session.id);
  return (
    <>
      <h3>{words.otherSessions}</h3>
      {others.length === 0 && <p class="ph-muted">{words.noOtherSessions}</p>}
      <ul class="ph-lines">
        {others.map((other) => (
          <li key={other.id}>
            <a class="ph-line" href={`/s/${project}/${other.id}`} title={wallTime(other.started_at_ms)}>
              <span>{new Date(other.started_at_ms).toLocaleString(undefined, WHEN)}</span>
              <span class="ph-row-text">
                <Marked text={path(other.entry_url)} />
              </span>
              <span class="ph-note">{clockTime(other.duration_ms)}</span>
            </a>
          </li>
        ))}
      </ul>
      <p>
        <a class="ph-link" href={`/p/${project}/persons/${person.id}/`}>
          {words.openPerson}
        </a>
      </p>
    </>
  );
}
