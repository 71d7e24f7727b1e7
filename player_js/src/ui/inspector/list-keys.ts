/** Keys of the list, while it has the focus: up and down show a row's details, Enter goes there. The player's own keys go on working. */
import { ROW_PX } from "./rows";
import type { View } from "../context";

export function listKeys(view: View, event: KeyboardEvent, current: number, page: number): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const { rows } = view;
  const at = rows.value.findIndex((row) => row.key === view.openKey.value);
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
  const step = steps[event.key];
  if (step !== undefined) {
    event.preventDefault();
    event.stopPropagation();
    const from = at === -1 ? current - (step > 0 ? 1 : 0) : at;
    open(view, event.currentTarget as HTMLElement, Math.min(rows.value.length - 1, Math.max(0, from + step)));
  } else if (event.key === "Enter") {
    const row = rows.value[at === -1 ? current : at];
    if (!row) return;
    event.preventDefault();
    event.stopPropagation();
    view.visit(row);
  }
}

/** Show a row's details, with the row in view. */
function open(view: View, box: HTMLElement, index: number): void {
  const row = view.rows.value[index];
  if (!row) return;
  view.follows.value = false;
  view.opened.value = row.key;
  const top = index * ROW_PX;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_PX - box.clientHeight;
}
