/** A recorded text, as text, with what is searched for marked. */
import type { JSX } from "preact";
import { matcher, partsOf } from "../../matches";
import { useView } from "../context";

export function Marked({ text }: { text: string }): JSX.Element {
  const match = matcher(useView().search.value);
  if (!match) return <>{text}</>;
  return <>{partsOf(text, match).map((part) => (part.isMatch ? <mark>{part.text}</mark> : part.text))}</>;
}
