/** Client-side navigation: a link with data-soft swaps <main> and the address, without a page load. */
import { find } from "./lib.js";

async function show(url) {
  const text = await (await fetch(url)).text();
  const next = new DOMParser().parseFromString(text, "text/html");
  document.title = next.title;
  find("main").replaceChildren(...find("main", next).childNodes);
}

export function startSoftLinks(startPage) {
  let shown = location.pathname;
  async function go(url, isNew) {
    if (isNew) history.pushState(null, "", url);
    shown = new URL(url, location.href).pathname;
    await show(url);
    startPage();
    if (isNew) window.scrollTo(0, 0);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-soft]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href"), true).catch(() => location.assign(link.href));
  });
  window.addEventListener("popstate", () => {
    if (location.pathname !== shown) go(location.pathname, false).catch(() => location.reload());
  });
}
