// The keys of the pages. The player has its own: on its page only the palette and "?" work from here.
import { switchTheme } from "./theme-switch.js";

const CHORD_MS = 1000; // "g" waits this long for its second key
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const isPlayer = document.body.classList.contains("player-page");
let goUntil = 0;

for (const kbd of document.querySelectorAll("kbd[data-mod]")) if (isMac) kbd.textContent = `⌘${kbd.dataset.mod}`;

const isTyping = (target) => target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-rows] .row-link")];
const show = (id) => document.getElementById(id)?.showModal();

function move(step) {
  const links = rows();
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus({ preventScroll: true });
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

const go = (key) => {
  const links = document.querySelectorAll(".bar nav a");
  links["sep".indexOf(key)]?.click();
};

const ACTIONS = {
  j: () => move(1),
  k: () => move(-1),
  t: switchTheme,
  "/": () => document.querySelector("[data-filter]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) show("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (isPlayer || document.querySelector("dialog[open]")) return;
  if (event.key === "?") return show("keys");
  if (Date.now() < goUntil && "sep".includes(event.key)) {
    goUntil = 0;
    return go(event.key);
  }
  if (event.key === "g") {
    goUntil = Date.now() + CHORD_MS;
    return;
  }
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
