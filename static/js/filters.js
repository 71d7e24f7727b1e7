// An address says only what is filtered: empty fields are left out of what htmx asks for and pushes.
document.addEventListener("htmx:configRequest", (event) => {
  const said = event.detail.formData;
  for (const [key, value] of [...said]) if (value === "") said.delete(key, value);
});
