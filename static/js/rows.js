// A row is one link. What carries a tooltip lies above the link, so a click there is passed on to it, new tab and all.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-rows] tr");
  const link = row?.querySelector(".row-link");
  if (!link || event.target.closest("a, button") || String(getSelection())) return;
  const { ctrlKey, metaKey, shiftKey } = event;
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
});
