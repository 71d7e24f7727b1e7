/** A recorded object: a line that opens. What is closed is not built. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { words } from "../../strings";
import { childrenOf, isBranch, leaf, MOST_DEPTH, preview } from "../../tree";
import { Marked } from "./marked";

interface TreeProps {
  name?: string;
  value: unknown;
  depth?: number;
  isOpen?: boolean;
}

export function Tree({ name, value, depth = 0, isOpen = false }: TreeProps): JSX.Element {
  const open = useSignal(isOpen);
  const label = name !== undefined && (
    <span class="ph-tree-name">
      <Marked text={name} />:{" "}
    </span>
  );
  if (!isBranch(value)) {
    return (
      <div class="ph-leaf">
        {label}
        <span class={`ph-value ph-value-${value === null ? "null" : typeof value}`}>
          <Marked text={typeof value === "object" ? preview(value) : leaf(value)} />
        </span>
      </div>
    );
  }
  return (
    <details class="ph-tree" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>
        {label}
        <span class="ph-value">
          <Marked text={preview(value)} />
        </span>
      </summary>
      {open.value && <Children value={value} depth={depth} />}
    </details>
  );
}

function Children({ value, depth }: { value: object; depth: number }): JSX.Element {
  if (depth >= MOST_DEPTH) return <p class="ph-muted">{words.tooDeep}</p>;
  const { items, more } = childrenOf(value);
  return (
    <div class="ph-branches">
      {items.map((item) => (
        <Tree name={item.name} value={item.value} depth={depth + 1} />
      ))}
      {more > 0 && <p class="ph-muted">{words.moreItems(more)}</p>}
    </div>
  );
}
