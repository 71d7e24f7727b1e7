/** Names and values, one under the other. */
import type { JSX } from "preact";
import type { Fact } from "../../details";
import { Marked } from "./marked";

export function Facts({ facts }: { facts: Fact[] }): JSX.Element | null {
  if (facts.length === 0) return null;
  return (
    <dl class="ph-facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>
            <Marked text={name} />
          </dt>
          <dd>
            <Marked text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
