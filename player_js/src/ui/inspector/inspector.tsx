/** What happened, in step with the stage: lists of rows, and three panels of facts. */
import type { JSX } from "preact";
import { isList } from "../../panels";
import { words } from "../../strings";
import { useView } from "../context";
import { Splitter } from "../splitter";
import { Details } from "./details";
import { Filters } from "./filters";
import { PagePanel } from "./page";
import { Person } from "./person";
import { Rows } from "./rows";
import { SessionPanel } from "./session";
import { Tabs } from "./tabs";

export function Inspector(): JSX.Element {
  const { tab, player, panelPx } = useView();
  const name = tab.value;
  return (
    <aside class="ph-list" aria-label={words.panels}>
      <Splitter widthPx={panelPx} />
      <Tabs />
      <div class="ph-panel" id="ph-panel" role="tabpanel" aria-labelledby={`ph-tab-${name}`}>
        <Filters />
        {player.isPartial.value && (
          <p class="ph-partial" role="status">
            {words.isPartial}
          </p>
        )}
        {isList(name) ? (
          <>
            <Rows />
            <Details />
          </>
        ) : (
          <div class="ph-facts-panel" tabIndex={0} role="region" aria-label={words.tabs[name]}>
            {name === "page" ? <PagePanel /> : name === "person" ? <Person /> : <SessionPanel />}
          </div>
        )}
      </div>
    </aside>
  );
}
