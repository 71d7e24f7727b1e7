/** Narrows the pieces on a category page as one types. */
import { find } from "./lib.js";

export function startSearch() {
  const input = find("#search");
  input?.addEventListener("input", () => {
    const word = input.value.trim().toLowerCase();
    const cards = [...document.querySelectorAll("#pieces .card")];
    for (const card of cards) card.classList.toggle("is-off", !card.textContent.toLowerCase().includes(word));
    find("#no-pieces").hidden = cards.some((card) => !card.classList.contains("is-off"));
  });
}
