/** Small things that every part of the shop needs. */
export const find = (selector, root = document) => root.querySelector(selector);
export const money = (cents) => `€${(cents / 100).toFixed(2)}`;

/** What the browser remembers of the visitor; storage may be blocked. */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`saltmarsh.${key}`);
    else localStorage.setItem(`saltmarsh.${key}`, JSON.stringify(value));
  } catch {
    // then it lasts as long as the page
  }
}

export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(`saltmarsh.${key}`));
  } catch {
    return null;
  }
}

export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
