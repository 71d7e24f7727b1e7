// A link to a session of which nothing has arrived. If it began a moment ago, wait a while for its first bytes, then say what it
// means; of an older one say it at once. Either way look a few times: a browser that was offline may just be sending.
const EVERY_MS = 2000;
const GIVE_UP_MS = 30_000;
const place = document.querySelector("[data-wait-for]");

if (place) {
  const waiting = place.querySelector("[data-waiting]");
  const waited = place.querySelector("[data-waited]");
  const until = Date.now() + GIVE_UP_MS;
  const isFresh = "isFresh" in place.dataset;
  waiting.hidden = !isFresh;
  waited.hidden = isFresh;

  const look = async () => {
    const answer = await fetch(place.dataset.waitFor).catch(() => null);
    if (answer?.ok || answer?.status === 410) return location.reload();
    if (Date.now() < until) return setTimeout(look, EVERY_MS);
    waiting.hidden = true;
    waited.hidden = false;
  };
  setTimeout(look, EVERY_MS);
}
