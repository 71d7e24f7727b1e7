/** The product page: glazes, basket, size guide, one slow question and one button that is broken. */
import { add } from "./cart.js";
import { find } from "./lib.js";
import { tell } from "./playhead.js";
import { toast } from "./toast.js";

export function startProduct() {
  const product = find(".product");
  if (!product) return;
  const { slug, name } = product.dataset;

  for (const swatch of product.querySelectorAll(".swatch")) {
    swatch.addEventListener("click", () => {
      product.dataset.glaze = swatch.dataset.glaze;
      find("#product-picture").setAttribute("style", swatch.dataset.tones);
      for (const each of product.querySelectorAll(".swatch")) each.setAttribute("aria-pressed", String(each === swatch));
    });
  }

  find("#add-to-cart").addEventListener("click", () => {
    const { glaze, priceCents } = product.dataset;
    add({ slug, name, glaze, cents: Number(priceCents) });
    tell("capture", "added to cart", { product: slug, glaze, price: Number(priceCents) / 100 });
    toast(`${name} is in your basket`);
  });

  find("#open-sizes").addEventListener("click", () => find("#sizes").showModal());

  find("#check-stock").addEventListener("click", async (event) => {
    const button = event.target;
    const answer = find("#stock-answer");
    button.disabled = true;
    answer.textContent = "Looking on the shelves …";
    const { pieces, shelf } = await (await fetch(`/api/stock/${slug}`)).json();
    answer.textContent = `Yes: ${pieces} on shelf ${shelf}.`;
    button.disabled = false;
  });

  // Broken on purpose: glazes moved into a list of their own in release 4.2, and this line was forgotten.
  find("#compare").addEventListener("click", () => {
    console.log("comparing the glazes of", slug);
    const glazes = product.glazes;
    find("#sizes").textContent = glazes.map((glaze) => glaze.name).join(", ");
  });
}
