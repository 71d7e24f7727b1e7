// Shows times in the viewer's zone, with UTC on hover, and keeps "4 min ago" true while the page stands open.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const two = (number) => String(number).padStart(2, "0");
const REFRESH_MS = 30_000; // the words change by minutes

if (!document.cookie.includes(`zone=${zone}`)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`; // the server's "today" is the viewer's
}

/** The form in which the server writes it too: the text does not change its width under the reader. */
function minute(at) {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Twin of words.ago in the server; its words are the page's own, so that they stay translated. */
function ago(seconds, shown) {
  if (seconds < 45 || !shown) return shown;
  const [n, unit] = seconds < 3600 ? [Math.max(1, Math.round(seconds / 60)), "minute"] : seconds < 86_400 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86_400), "day"];
  const language = document.documentElement.lang || "en";
  if (language === "en") return `${n} ${{ minute: "min", hour: "h", day: "d" }[unit]} ago`;
  return new Intl.RelativeTimeFormat(language, { style: "short" }).format(-n, unit);
}

export function showTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.title = `${exact.format(at)} (${zone})\n${element.dateTime.slice(0, 19).replace("T", " ")} UTC`;
    const text = element.dataset.form === "exact" ? minute(at) : ago((Date.now() - at.getTime()) / 1000, element.textContent);
    if (text !== element.textContent) element.textContent = text;
  }
}

showTimes();
setInterval(() => showTimes(), REFRESH_MS);
document.addEventListener("htmx:load", (event) => showTimes(event.target));
document.addEventListener("htmx:oobAfterSwap", () => showTimes());
