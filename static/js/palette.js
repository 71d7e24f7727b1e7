// Ctrl K / ⌘K: finds persons and sessions through the API, and pages by their names.
const WAIT_MS = 120; // between the last key and the question
const EACH = 6; // results of a kind
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;
const dialog = document.getElementById("palette");
const { project, api } = document.body.dataset;

if (dialog && project) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("#palette-list");
  const pages = [...list.querySelectorAll("[data-static]")];
  const words = list.dataset;
  let timer = 0;
  let asked = 0;

  const options = () => [...list.querySelectorAll("a")];

  function choose(option) {
    for (const each of options()) {
      each.setAttribute("aria-selected", String(each === option));
      each.removeAttribute("id");
    }
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.id = "palette-chosen";
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function line(href, text, kind) {
    const link = document.createElement("a");
    link.role = "option";
    link.href = href;
    link.append(Object.assign(document.createElement("span"), { textContent: text }));
    link.append(Object.assign(document.createElement("small"), { textContent: kind }));
    return link;
  }

  function note(text) {
    return Object.assign(document.createElement("p"), { textContent: text });
  }

  function show(found, problem) {
    const text = input.value.trim().toLowerCase();
    const shown = pages.filter((page) => page.textContent.toLowerCase().includes(text));
    list.replaceChildren(...found, ...shown);
    if (problem) list.prepend(note(words.down));
    else if (!found.length && !shown.length) list.append(note(words.nothing));
    choose(options()[0]);
  }

  function name(person, distinctId) {
    const id = person?.distinct_id || distinctId || "";
    return person?.name || person?.email || (person?.is_identified ? id : `${words.anonymous} ${id.slice(-4)}`);
  }

  async function ask(path) {
    const answer = await fetch(`${api}/projects/${project}/${path}&limit=${EACH}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).items;
  }

  async function find() {
    const text = input.value.trim();
    const turn = ++asked;
    if (!text) return show([], false);
    const id = UUID.exec(text)?.[0].toLowerCase();
    const direct = id ? [line(`/s/${project}/${id}${text.includes("?") ? text.slice(text.indexOf("?")) : ""}`, id, words.session)] : [];
    try {
      const q = encodeURIComponent(text.slice(0, 200));
      const [persons, sessions] = id ? [[], []] : await Promise.all([ask(`persons?q=${q}`), ask(`sessions?person=${q}`)]);
      if (turn !== asked) return; // a later question is on its way
      show(
        [
          ...direct,
          ...persons.sort((a, b) => b.is_identified - a.is_identified).map((person) => line(`/p/${project}/persons/${person.id}/`, name(person), words.person)),
          ...sessions.map((session) =>
            line(
              `/s/${project}/${session.id}`,
              `${name(session.person, session.distinct_id)} · ${new Date(session.started_at_ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}`,
              words.session,
            ),
          ),
        ],
        false,
      );
    } catch {
      if (turn === asked) show(direct, true);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, WAIT_MS);
  });
  dialog.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(all[Math.min(all.length - 1, at + 1)]);
    else if (event.key === "ArrowUp") choose(all[Math.max(0, at - 1)]);
    else if (event.key === "Enter") all[at]?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("a");
    if (option && option.getAttribute("aria-selected") !== "true") choose(option);
  });
  dialog.addEventListener("close", () => {
    input.value = "";
    asked++;
    show([], false);
  });
  choose(options()[0]);
}
