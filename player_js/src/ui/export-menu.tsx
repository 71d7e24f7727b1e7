/** The session as a file: for another Playhead, or for any rrweb player. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { words } from "../strings";
import { useView } from "./context";
import { Icon } from "./icons";

export function ExportMenu(): JSX.Element {
  const { player, exportIsOpen } = useView();
  const menu = useRef<HTMLDetailsElement>(null);
  const { api, project, session } = player.options;
  const windows = player.timeline.value?.manifest.windows ?? [];
  const isOpen = exportIsOpen.value;

  useEffect(() => {
    if (!isOpen) return undefined;
    function close(event: Event): void {
      const isInside = event.target instanceof Node && menu.current?.contains(event.target);
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !isInside) {
        exportIsOpen.value = false;
        if (event instanceof KeyboardEvent) menu.current?.querySelector("summary")?.focus();
      }
    }
    document.addEventListener("click", close);
    document.addEventListener("keydown", close, true);
    return () => {
      document.removeEventListener("click", close);
      document.removeEventListener("keydown", close, true);
    };
  }, [isOpen, exportIsOpen]);

  const href = (query: Record<string, string>): string =>
    `${api}/projects/${project}/sessions/${session}/export?${new URLSearchParams(query).toString()}`;
  const entry = (title: string, hint: string, query: Record<string, string>): JSX.Element => (
    <a href={href(query)} download onClick={() => (exportIsOpen.value = false)}>
      {title}
      <small>{hint}</small>
    </a>
  );
  return (
    <details class="ph-menu" ref={menu} open={isOpen} onToggle={(event) => (exportIsOpen.value = event.currentTarget.open)}>
      <summary class="ph-button" title={`${words.exportTitle} (x)`} aria-label={words.exportTitle}>
        <Icon name="export" />
        <span class="ph-wide">{words.export}</span>
      </summary>
      <div class="ph-menu-list">
        {entry(words.exportPlayhead, words.exportPlayheadHint, { form: "playhead", gzip: "true" })}
        {windows.length > 1
          ? windows.map(({ id, number }) => entry(words.exportWindow(number), words.exportRrwebHint, { form: "rrweb", window: id }))
          : entry(words.exportRrweb, words.exportRrwebHint, { form: "rrweb" })}
        {entry(words.exportLines, words.exportLinesHint, { form: "lines" })}
      </div>
    </details>
  );
}

/** Open the menu on its first entry, or close it. */
export function toggleExport(root: HTMLElement, isOpen: { value: boolean }): void {
  isOpen.value = !isOpen.value;
  if (isOpen.value) requestAnimationFrame(() => root.querySelector<HTMLElement>(".ph-menu-list a")?.focus());
}
