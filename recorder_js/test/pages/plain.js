const shadow = document.getElementById("host").attachShadow({ mode: "open" });
const inside = document.createElement("p");
inside.textContent = "Words in a shadow";
shadow.append(inside);
const masked = document.getElementById("masked-host").attachShadow({ mode: "open" });
masked.append(Object.assign(document.createElement("button"), { textContent: "canary-masked-shadow" }));
document.getElementById("form").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("throw").addEventListener("click", () => {
  throw new TypeError("total is undefined for canary.error@example.org");
});
document.getElementById("fail").addEventListener("click", () => {
  fetch("/fail?token=canary-fetch").then(() => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", "/fail-xhr");
    xhr.send("body");
  });
});
