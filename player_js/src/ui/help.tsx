/** The keys, on one sheet. */
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { words } from "../strings";
import { useView } from "./context";
import { Icon } from "./icons";
import { KEYS } from "./keys";

export function Help(): JSX.Element {
  const { helpIsOpen } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  useSignalEffect(() => {
    if (helpIsOpen.value && !dialog.current?.open) dialog.current?.showModal();
    if (!helpIsOpen.value) dialog.current?.close();
  });
  return (
    <dialog ref={dialog} class="ph-help" aria-labelledby="ph-help-title" onClose={() => (helpIsOpen.value = false)}>
      <div class="ph-help-head">
        <h2 id="ph-help-title">{words.shortcuts}</h2>
        <button type="button" class="ph-icon-button" aria-label={words.close} title={`${words.close} (esc)`} onClick={() => (helpIsOpen.value = false)}>
          <Icon name="close" />
        </button>
      </div>
      <dl>
        {KEYS.map((key) => (
          <div>
            <dt>{key.does}</dt>
            <dd>
              <kbd>{key.shown}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
