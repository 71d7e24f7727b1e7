/** How far the basket is from free delivery; every width is a rule of its own, made as it is needed. */
import { css } from "./css-in-js.js";
import { find, make, money } from "./lib.js";

const FREE_FROM_CENTS = 12000;

export function showMeter(cents) {
  const place = find("#delivery-meter");
  if (!place) return;
  const percent = Math.min(100, Math.round((cents / FREE_FROM_CENTS) * 100));
  const box = css("margin: 20px 0 8px; font-size: 14px; color: #5f6b66");
  const track = css("height: 8px; margin-top: 6px; border-radius: 99px; background: #e9dfcf; overflow: hidden");
  const fill = css(`height: 100%; width: ${percent}%; border-radius: 99px; background: ${percent < 100 ? "#c08a5a" : "#56674e"}`);
  const left = FREE_FROM_CENTS - cents;
  const words = left > 0 ? `${money(left)} more, and delivery is free` : "Delivery is free";
  place.replaceChildren(make("div", { class: box }, words, make("div", { class: track }, make("div", { class: fill }))));
}
