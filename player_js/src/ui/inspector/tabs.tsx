/** The panels' names, with how many rows each has of what is searched for. */
import { useComputed, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { count as short } from "../../format";
import { countRows, isList, TABS, type Tab } from "../../panels";
import { words } from "../../strings";
import { useView } from "../context";
import { Icon, type IconName } from "../icons";

/** Panels of facts are narrow: their names show where there is room, else only on hover. */
const ICONS: Partial<Record<Tab, IconName>> = { page: "window", person: "identify", session: "state" };

export function Tabs(): JSX.Element {
  const { tab, player, search, onlyErrors } = useView();
  const list = useRef<HTMLDivElement>(null);
  const counts = useComputed(() => countRows(player.rows.value, search.value, onlyErrors.value));
  useSignalEffect(() => {
    const button = list.current?.querySelector<HTMLElement>(`#ph-tab-${tab.value}`);
    if (button && list.current) list.current.scrollLeft = Math.max(0, button.offsetLeft - 60); // where not all fit
  });
  function move(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length];
    if (next) tab.value = next;
    requestAnimationFrame(() => document.getElementById(`ph-tab-${tab.value}`)?.focus());
  }
  return (
    <div class="ph-tabs" role="tablist" aria-label={words.panels} onKeyDown={move} ref={list}>
      {TABS.map((name, index) => (
        <button
          type="button"
          role="tab"
          id={`ph-tab-${name}`}
          class={ICONS[name] ? "ph-fact-tab" : ""}
          aria-selected={tab.value === name}
          aria-controls="ph-panel"
          tabIndex={tab.value === name ? 0 : -1}
          title={`${words.tabs[name]} (${index + 1})`}
          onClick={() => (tab.value = name)}
        >
          {ICONS[name] && <Icon name={ICONS[name]} />}
          <span class="ph-tab-name">{words.tabs[name]}</span>
          {isList(name) && counts.value[name] > 0 && (
            <span class={`ph-count ${name === "errors" ? "ph-count-bad" : ""}`} aria-label={words.rowCount(counts.value[name])} role="img">
              {short(counts.value[name])}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
