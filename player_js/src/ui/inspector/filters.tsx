/** What narrows the list: words, only errors, chips; and whether it follows the playhead. */
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { TIME_STYLES, type TimeStyle } from "../../format";
import { chipsAmong, isList } from "../../panels";
import { words } from "../../strings";
import { useView } from "../context";
import { Icon } from "../icons";

export function Filters(): JSX.Element {
  const { tab } = useView();
  return (
    <>
      <div class="ph-filters">
        <Search />
        {isList(tab.value) && <Toggles />}
        <Times />
      </div>
      {isList(tab.value) && <Chips />}
    </>
  );
}

function Search(): JSX.Element {
  const { search } = useView();
  /** Escape clears what was typed; once there is nothing, it leaves the field. */
  function leave(event: JSX.TargetedKeyboardEvent<HTMLInputElement>): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (search.value === "") event.currentTarget.blur();
    search.value = "";
  }
  return (
    <div class="ph-search">
      <Icon name="search" />
      <input type="search" aria-label={words.search} placeholder={words.search} value={search.value} onInput={(event) => (search.value = event.currentTarget.value)} onKeyDown={leave} />
      {search.value !== "" && (
        <button type="button" class="ph-icon-button ph-clear" aria-label={words.clearSearch} title={`${words.clearSearch} (esc)`} onClick={() => (search.value = "")}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function Toggles(): JSX.Element {
  const { onlyErrors, follows } = useView();
  return (
    <>
      <label class="ph-toggle" title={`${words.onlyErrors} (o)`}>
        <input type="checkbox" checked={onlyErrors.value} onChange={(event) => (onlyErrors.value = event.currentTarget.checked)} />
        {words.onlyErrors}
      </label>
      <label class="ph-toggle" title={`${words.followTitle} (r)`}>
        <input type="checkbox" checked={follows.value} onChange={(event) => (follows.value = event.currentTarget.checked)} />
        {words.follow}
      </label>
    </>
  );
}

function Times(): JSX.Element {
  const view = useView();
  return (
    <label class="ph-select" title={`${words.times}: ${words.timeStyles[view.timeStyle.value]} (t)`}>
      <span class="ph-unseen">{words.times}</span>
      <select value={view.timeStyle.value} onChange={(event) => view.setTimeStyle(event.currentTarget.value as TimeStyle)}>
        {TIME_STYLES.map((style) => (
          <option value={style}>{words.timeShort[style]}</option>
        ))}
      </select>
    </label>
  );
}

function Chips(): JSX.Element | null {
  const view = useView();
  const groups = useComputed(() => chipsAmong(view.player.rows.value, view.filter.value.tab, view.filter.value.chips));
  if (groups.value.length === 0) return null;
  const { chips } = view.filter.value;
  return (
    <div class="ph-chips" role="group" aria-label={words.filters}>
      {groups.value.map((group) => (
        <span class="ph-chip-group">
          {group.map((chip) => (
            <button type="button" key={chip} aria-pressed={chips.has(chip)} onClick={() => view.toggleChip(chip)}>
              {words.chips[chip] ?? chip}
            </button>
          ))}
        </span>
      ))}
    </div>
  );
}
