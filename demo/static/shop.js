/** Starts what each page needs; called again after every soft navigation. */
import { startAccount, showAccountLink } from "./account.js";
import { showCart, showCount, startCart } from "./cart.js";
import { startCheckout } from "./checkout.js";
import { startHelp } from "./help.js";
import { startProduct } from "./product.js";
import { startSearch } from "./search.js";
import { startSoftLinks } from "./soft-links.js";
import { tell } from "./playhead.js";
import "./star-rating.js";

const release = document.querySelector("script[data-release]")?.dataset.release;
tell("register", { release, environment: "demo", currency: "EUR" });

function startPage() {
  showAccountLink();
  showCount();
  startProduct();
  startSearch();
  showCart();
}

/** Buttons that need this script wait for it, and a form is never sent by the browser itself. */
function enable() {
  for (const button of document.querySelectorAll("button[data-later]")) {
    button.disabled = false;
    button.removeAttribute("data-later");
  }
}

startSoftLinks(() => {
  startPage();
  enable();
});
startHelp();
startPage();
startCart();
startCheckout();
startAccount();
enable();
