/** <star-rating value="4" count="38">: an open shadow root with an adopted stylesheet. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: flex; gap: 8px; align-items: center; margin: 8px 0; color: #5f6b66; font-size: 14px; }
  button { padding: 0 1px; border: 0; background: none; color: #d8cbb5; font-size: 22px; line-height: 1; cursor: pointer; }
  button.is-on { color: #b5762c; }
  button:focus-visible { outline: 3px solid #a84e31; outline-offset: 2px; }
`);

class StarRating extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<span part="stars"></span><span part="words"></span>`;
    for (let star = 1; star <= 5; star++) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "★";
      button.setAttribute("aria-label", `${star} of 5`);
      button.dataset.test = `star-${star}`;
      button.addEventListener("click", () => this.rate(star));
      root.querySelector("[part=stars]").append(button);
    }
    this.show(`${this.getAttribute("count")} reviews`);
  }

  rate(star) {
    this.setAttribute("value", String(star));
    this.show("Thank you for your stars");
  }

  show(words) {
    const value = Number(this.getAttribute("value"));
    this.shadowRoot.querySelectorAll("button").forEach((button, index) => button.classList.toggle("is-on", index < value));
    this.shadowRoot.querySelector("[part=words]").textContent = words;
  }
}

customElements.define("star-rating", StarRating);
