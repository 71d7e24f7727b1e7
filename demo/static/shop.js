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

startSoftLinks(startPage);
startHelp();
startPage();
startCart();
startCheckout();
startAccount();
