// What a page finds before anybody watches; read again after stop().
window.natives = () => [
  ...["log", "info", "warn", "error", "debug", "assert"].map((name) => console[name]),
  window.fetch,
  navigator.sendBeacon,
  history.pushState,
  history.replaceState,
  XMLHttpRequest.prototype.open,
  XMLHttpRequest.prototype.send,
  Element.prototype.attachShadow,
  CSSStyleSheet.prototype.insertRule,
  CSSStyleSheet.prototype.deleteRule,
  CSSStyleDeclaration.prototype.setProperty,
  customElements.define,
  window.FontFace,
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set,
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set,
];
window.before = window.natives();
