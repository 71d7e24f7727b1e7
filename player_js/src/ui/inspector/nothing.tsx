/** An empty list says why it is empty. */
import type { JSX } from "preact";
import { words } from "../../strings";
import { useView } from "../context";

export function Nothing(): JSX.Element | null {
  const view = useView();
  const { player } = view;
  if (player.situation.value.state === "failed") return null; // the stage says it
  if (!player.timeline.value) return <p class="ph-nothing ph-late">{words.loadingRows}</p>;
  if (!view.isFiltered.value) return <p class="ph-nothing">{words.noRows[view.filter.value.tab]}</p>;
  return (
    <p class="ph-nothing">
      {words.noMatches}
      <button type="button" class="ph-text-button" onClick={() => view.clearFilters()}>
        {words.clearSearch}
      </button>
    </p>
  );
}
