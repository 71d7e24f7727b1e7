/** Checkout and the page after it. */
import { empty, lines, total } from "./cart.js";
import { find, money, post, recall, remember } from "./lib.js";
import { tell } from "./playhead.js";

const NEEDED = { email: "e-mail address", name: "name", street: "street", card: "card number" };

export function startCheckout() {
  const number = find("#order-number");
  if (number) number.textContent = recall("orders")?.[0]?.number ?? "";
  const form = find("#checkout");
  if (!form) return;
  find("#checkout-total").textContent = money(total());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = Object.keys(NEEDED).filter((name) => !form.elements[name].value.trim());
    const problem = find("#checkout-problem");
    problem.hidden = missing.length === 0;
    problem.textContent = `We still need your ${missing.map((name) => NEEDED[name]).join(", ")}.`;
    if (missing.length) {
      console.warn("checkout incomplete:", missing.join(", "));
      form.elements[missing[0]].focus();
      return;
    }
    find("#pay").disabled = true;
    const order = await post("/api/orders", { pieces: lines().length });
    tell("capture", "ordered", { order: order.number, total: total() / 100, pieces: lines().length });
    remember("orders", [{ ...order, cents: total() }, ...(recall("orders") ?? [])]);
    empty();
    location.assign("/thanks");
  });
}
