/** Sign-in and sign-out, and what Playhead is told of them. */
import { find, make, money, post, recall, remember } from "./lib.js";
import { tell } from "./playhead.js";

export function showAccountLink() {
  find("#account-link").textContent = recall("customer") ? "Account" : "Sign in";
}

function show() {
  const customer = recall("customer");
  find("#signed-out").hidden = Boolean(customer);
  find("#signed-in").hidden = !customer;
  showAccountLink();
  if (!customer) return;
  find("#customer-name").textContent = customer.name;
  find("#customer-email").textContent = customer.email;
  const orders = (recall("orders") ?? []).map((order) => make("li", {}, order.number, "", make("span", {}, money(order.cents))));
  find("#orders").replaceChildren(...(orders.length ? orders : [make("li", {}, "None yet")]));
}

export function startAccount() {
  const form = find("#sign-in");
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const email = form.elements.email.value.trim();
    const customer = { ...(await post("/api/sign-in", { email })), email };
    remember("customer", customer);
    tell("identify", customer.id, { name: customer.name, email });
    form.reset();
    show();
  });
  find("#sign-out").addEventListener("click", () => {
    remember("customer", null);
    remember("orders", null);
    tell("reset");
    show();
  });
  show();
}
