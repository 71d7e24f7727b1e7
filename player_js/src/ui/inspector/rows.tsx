/** The list. Every row is of one height, so only those in view exist in the page, and ten thousand cost what thirty do. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { stamp } from "../../format";
import { rowIndexAt } from "../../rows";
import { words } from "../../strings";
import { scaleOf } from "../../waterfall";
import { useView } from "../context";
import { listKeys } from "./list-keys";
import { Nothing } from "./nothing";
import { NetworkHead, RowLine } from "./row-line";

export const ROW_PX = 28; // as in the style sheet
const OVERSCAN = 10;

export function Rows(): JSX.Element {
  const view = useView();
  const { player, tab, rows, follows, openKey, timeStyle } = view;
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0); // the first row in view; scrolling within it draws nothing
  const height = useSignal(600);
  const current = useComputed(() => rowIndexAt(rows.value, player.timeMs.value));

  useLayoutEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => (height.value = entry?.contentRect.height ?? 600));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  useSignalEffect(() => {
    // The row that is being played is held at a third of the height.
    if (!follows.value || !box.current) return;
    const wanted = Math.max(0, Math.max(0, current.value) * ROW_PX - height.value / 3);
    if (Math.abs(box.current.scrollTop - wanted) > 1) box.current.scrollTop = wanted;
  });

  const first = Math.max(0, top.value - OVERSCAN);
  const last = Math.min(rows.value.length, top.value + Math.ceil(height.value / ROW_PX) + 1 + OVERSCAN);
  const shown = rows.value.slice(first, last);
  const startMs = player.timeline.value?.startMs ?? 0;
  const timeChars = Math.max(5, stamp(player.timeline.value?.endMs ?? startMs, startMs, timeStyle.value).length);
  const isNetwork = tab.value === "network";
  const scale = isNetwork ? scaleOf(rows.value.slice(top.value, top.value + Math.ceil(height.value / ROW_PX))) : null;
  const unfollow = (): void => void (follows.value = false);
  const isEmpty = rows.value.length === 0;
  return (
    <>
      {isNetwork && !isEmpty && <NetworkHead timeChars={timeChars} />}
      <div
        class="ph-rows"
        ref={box}
        {...(isEmpty ? {} : { role: "listbox", "aria-label": words.tabs[tab.value], "aria-activedescendant": openKey.value ? rowId(openKey.value) : undefined })}
        tabIndex={0}
        style={{ "--ph-time-width": `${timeChars + 1}ch` }}
        onScroll={(event) => (top.value = Math.floor(event.currentTarget.scrollTop / ROW_PX))}
        onWheel={unfollow}
        onTouchMove={unfollow}
        onKeyDown={(event) => listKeys(view, event, current.value, Math.floor(height.value / ROW_PX))}
      >
        {isEmpty && <Nothing />}
        <div class="ph-run" role="presentation" style={{ height: `${rows.value.length * ROW_PX}px` }}>
          {shown.map((row, index) => (
            <RowLine
              key={row.key}
              row={row}
              place={first + index}
              of={rows.value.length}
              time={stamp(row.atMs, startMs, timeStyle.value)}
              isCurrent={first + index === current.value}
              isOpen={row.key === openKey.value}
              scale={scale}
            />
          ))}
        </div>
      </div>
    </>
  );
}

/** The id of a row's element; keys hold what a page made up, so only plain characters are kept. */
export function rowId(key: string): string {
  return `ph-row-${key.replace(/[^\w-]/g, "_")}`;
}
