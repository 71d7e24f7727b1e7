// Copy buttons: they copy the text of another element and say so for a moment.
const SAID_MS = 1500;

async function copy(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element); // http on a foreign host has no clipboard: leave it selected for Ctrl C
    return document.execCommand("copy");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const element = button && document.querySelector(button.dataset.copy);
  if (!element || !(await copy(element.textContent, element))) return;
  const word = button.querySelector("span");
  const before = word.textContent;
  if (before === button.dataset.done) return;
  word.textContent = button.dataset.done;
  setTimeout(() => (word.textContent = before), SAID_MS);
});
