// Keeps the sessions list fresh: renews the rows that run and offers what is new. Nothing moves under the reader.
const EVERY_MS = 5000;
const holder = document.getElementById("refresh");

async function refresh() {
  const list = document.getElementById("list");
  if (document.hidden || !list || !window.htmx || list.dataset.first !== "1") return;
  const live = [...list.querySelectorAll("[data-live]")];
  const query = new URLSearchParams(location.search);
  query.set("rows", live.map((row) => row.dataset.live).join(","));
  query.set("since", list.dataset.since);
  const focused = document.activeElement?.closest("tr")?.id; // a renewed row is a new element
  await window.htmx.ajax("GET", `${holder.dataset.url}?${query}`, { target: "#refresh", swap: "none" });
  if (focused && document.activeElement === document.body) document.querySelector(`#${CSS.escape(focused)} .row-link`)?.focus({ preventScroll: true });
  if (list.dataset.empty === "1" && document.querySelector("#fresh a")) reload(); // the first session: show it
}

const reload = () => window.htmx.ajax("GET", location.href, { target: "#list", swap: "outerHTML" });

if (holder) {
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-reload]")) return;
    event.preventDefault();
    reload();
  });
}
