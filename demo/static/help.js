/** The support widget: whoever asks for help hands over the replay of this very moment. */
import { find, make } from "./lib.js";
import { linkToNow } from "./playhead.js";

function contents(link) {
  const title = make("h2", {}, "What went wrong?");
  if (!link) return [title, make("p", {}, "This visit is not recorded, so there is nothing to hand over. Start the shop with make run.")];
  const field = make("input", { readonly: "", value: link, "aria-label": "Link to the replay", "data-test": "help-link" });
  const copy = make("button", { type: "button", class: "button", "data-test": "help-copy" }, "Copy link");
  copy.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(link);
    copy.textContent = "Copied";
  });
  const open = make("a", { class: "quiet", href: link, target: "_blank", rel: "noopener", "data-test": "help-open" }, "Watch");
  return [
    title,
    make("p", {}, "You need not describe it. This link shows our support what you have just seen, up to this moment."),
    field,
    make("div", { class: "row" }, copy, open),
  ];
}

export function startHelp() {
  const button = find("#help-button");
  const panel = find("#help-panel");
  const toggle = (isOpen) => {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    button.textContent = isOpen ? "Close" : "Get help";
    if (isOpen) panel.replaceChildren(...contents(linkToNow()));
  };
  button.addEventListener("click", () => toggle(panel.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) toggle(false);
  });
}
