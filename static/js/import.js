// Sends files to be imported, in parts: a broken connection costs one part, and the same file chosen again goes on where it was.
const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const form = document.getElementById("import");

if (form) {
  const { api, list, most } = form.dataset;
  const words = form.dataset;
  const said = form.querySelector(".import-said");
  const picker = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "Content-Type": "application/octet-stream" };

  const say = (text, isBad = false) => {
    said.textContent = text;
    said.classList.toggle("bad", isBad);
  };
  const showList = () => window.htmx?.ajax("GET", list, { target: "#imports", swap: "outerHTML" });
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  class Refused extends Error {}

  /** Ask until there is an answer; what the server refuses is final. */
  async function ask(method, path, body) {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await fetch(api + path, { method, body, headers });
        const told = await answer.json();
        if (answer.ok) return told;
        if (answer.status < 500 && answer.status !== 409) throw new Refused(told.error.message);
        if (answer.status === 409) return null;
      } catch (error) {
        if (error instanceof Refused) throw error;
      }
      say(words.offline, true);
      await wait(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
    }
  }

  /** The upload of this very file that was broken off, or a new one. */
  async function begin(file, distinctId) {
    const { items } = await ask("GET", "");
    const left = items.find((each) => each.state === "uploading" && each.name === file.name && each.size_bytes === file.size);
    if (left) return left;
    const query = new URLSearchParams({ name: file.name.slice(0, 200), size_bytes: file.size, distinct_id: distinctId });
    return ask("POST", `?${query}`);
  }

  async function send(file, distinctId) {
    if (file.size === 0) return say(words.empty, true);
    if (file.size > Number(most)) return say(words.tooLarge, true);
    let job = await begin(file, distinctId);
    say(`${job.received_bytes ? words.goingOn : words.sending} ${file.name}`);
    showList();
    while (job.state === "uploading") {
      const at = job.received_bytes;
      let part;
      try {
        part = await file.slice(at, at + job.part_bytes).arrayBuffer();
      } catch {
        return say(words.lost, true); // moved, or changed, since it was chosen
      }
      job = (await ask("PUT", `/${job.id}/parts/${at}`, part)) ?? (await ask("GET", `/${job.id}`));
      say(`${words.sending} ${file.name}`);
    }
    say(`${job.state === "cancelled" ? words.stopped : words.sent} ${file.name}`);
    showList();
  }

  let queue = Promise.resolve();
  function take(files) {
    const distinctId = form.elements.distinct_id.value.trim();
    for (const file of files) queue = queue.then(() => send(file, distinctId)).catch((error) => say(error.message, true));
  }

  picker.addEventListener("change", () => {
    take([...picker.files]);
    picker.value = ""; // the same file may be chosen again
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault(); // wherever it is dropped, the browser shall not open it in place of this page
      drop.classList.add("is-over");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    drop.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
}
