/** What markup alone does not tell: values, checks, openness, scroll, place and looks. */

const LOOKS = ["color", "background-color", "font-size", "font-weight", "display", "visibility", "opacity"];

/** Where it stands in its document and how large it is; nothing for what has no box. */
export function boxLine(element, how) {
  if (!how.boxes || !element.getClientRects().length) return [];
  const { x, y, width, height } = element.getBoundingClientRect();
  const [left, top] = [x + how.view.scrollX, y + how.view.scrollY];
  return [`box ${[left, top, width, height].map(Math.round).join(" ")}`];
}

export function looksLine(element, how) {
  const style = how.view.getComputedStyle(element);
  return `looks ${LOOKS.map((name) => style.getPropertyValue(name)).join(" | ")}`;
}

/** Nothing, or one line. */
export function stateLine(element, how) {
  const said = [...fieldState(element, how), ...openState(element), ...scrollState(element)];
  return said.length ? [`state ${said.join(" ")}`] : [];
}

function fieldState(element, how) {
  const name = element.localName;
  if (name === "option") return [];
  if (name === "select") return [`value ${JSON.stringify(how.privacy.select(element))}`];
  if (name !== "input" && name !== "textarea") return [];
  if (element.type === "checkbox" || element.type === "radio") {
    return [element.checked ? "checked" : "unchecked", ...(element.indeterminate ? ["indeterminate"] : [])];
  }
  return element.type === "file" ? [] : [`value ${JSON.stringify(how.privacy.value(element))}`];
}

function openState(element) {
  const said = [];
  if (element.localName === "dialog" && element.open) said.push(element.matches(":modal") ? "modal" : "open");
  if (element.localName === "details" && element.open) said.push("open");
  if (element.matches(":popover-open")) said.push("popover");
  return said;
}

/** Scroll of a box; the document's own stands on its first line. */
function scrollState(element) {
  if (element === element.ownerDocument.documentElement || element === element.ownerDocument.body) return [];
  const [x, y] = [Math.round(element.scrollLeft), Math.round(element.scrollTop)];
  return x || y ? [`scroll ${x} ${y}`] : [];
}
