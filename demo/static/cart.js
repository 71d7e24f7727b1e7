/** The basket: what is in it, how it looks, and a gift card that the server never manages. */
import { showMeter } from "./delivery-meter.js";
import { find, make, money, post, recall, remember } from "./lib.js";
import { tell } from "./playhead.js";

export const lines = () => recall("cart") ?? [];
export const total = () => lines().reduce((sum, line) => sum + line.cents * line.quantity, 0);
const same = (one, other) => one.slug === other.slug && one.glaze === other.glaze;

export function add(piece) {
  const cart = lines();
  const line = cart.find((each) => same(each, piece));
  if (line) line.quantity += 1;
  else cart.push({ ...piece, quantity: 1 });
  save(cart);
}

export function empty() {
  save([]);
}

function save(cart) {
  remember("cart", cart.filter((line) => line.quantity > 0));
  showCount();
}

export function showCount() {
  find("#cart-count").textContent = String(lines().reduce((sum, line) => sum + line.quantity, 0));
}

function change(line, by) {
  save(lines().map((each) => (same(each, line) ? { ...each, quantity: each.quantity + by } : each)));
  if (by < 0) tell("capture", "removed from cart", { product: line.slug });
  showCart();
}

function row(line) {
  const fewer = make("button", { type: "button", "aria-label": `One ${line.name} fewer`, "data-test": `fewer-${line.slug}` }, "−");
  const more = make("button", { type: "button", "aria-label": `One ${line.name} more`, "data-test": `more-${line.slug}` }, "+");
  fewer.addEventListener("click", () => change(line, -1));
  more.addEventListener("click", () => change(line, 1));
  return make(
    "li",
    { "data-test": `line-${line.slug}` },
    make("img", { src: `/images/${line.slug}.${line.glaze}.svg`, alt: "", width: "84", height: "84" }),
    make("div", {}, make("strong", {}, line.name), ` in ${line.glaze}`, make("br"), make("span", { class: "quantity" }, fewer, String(line.quantity), more)),
    make("span", { class: "amount" }, money(line.cents * line.quantity)),
  );
}

export function showCart() {
  const list = find("#cart-lines");
  if (!list) return;
  list.replaceChildren(...lines().map(row));
  find("#cart-empty").hidden = lines().length > 0;
  find("#cart-foot").hidden = lines().length === 0;
  find("#cart-total").textContent = money(total());
  showMeter(total());
}

export function startCart() {
  const form = find("#gift-card");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = find("#gift-card-answer");
    answer.textContent = "";
    try {
      await post("/api/gift-card", { code: form.elements.code.value });
    } catch (error) {
      console.error("gift card was not applied:", error.message);
      answer.textContent = "That did not work. Your basket is as it was; please try again later.";
    }
  });
}
