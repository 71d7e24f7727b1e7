// System → light → dark → system; remembered in this browser.
const ORDER = ["system", "light", "dark"];
const root = document.documentElement;
const buttons = document.querySelectorAll("[data-theme-switch]");

const current = () => root.dataset.theme ?? "system";

function say() {
  for (const button of buttons) button.title = `${button.dataset.words.split("|")[ORDER.indexOf(current())]} (t)`;
}

export function switchTheme() {
  const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // Storage is blocked: the choice lasts for this page.
  }
  say();
}

for (const button of buttons) button.addEventListener("click", switchTheme);
say();
