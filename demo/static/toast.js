/** A short word at the edge of the page, styled by the CSS-in-JS engine. */
import { css } from "./css-in-js.js";
import { find, make } from "./lib.js";

const SHOWN_MS = 4000;

export function toast(words) {
  const look = css(
    "margin-top: 8px; padding: 12px 20px; border-radius: 12px; background: #2f4a44; color: #fff; box-shadow: 0 8px 24px rgb(59 47 37 / 25%)",
    "& a { color: #f0d9c4 }",
  );
  const box = make("div", { class: look, "data-test": "toast" }, `${words}. `, make("a", { href: "/cart" }, "See it"));
  find("#toasts").replaceChildren(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}
