// Runs before the first paint: the chosen theme must not flash, and what needs scripts must not jump.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage is blocked: the system's theme it is.
  }
})();
