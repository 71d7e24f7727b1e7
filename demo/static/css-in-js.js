/** A CSS-in-JS engine in its fast mode: rules go into the sheet by insertRule, and the <style> element stays empty. */
const sheet = document.head.appendChild(document.createElement("style")).sheet;
const known = new Map();

/** Return a class name that carries the declarations; `&` stands for it in further rules. */
export function css(declarations, ...further) {
  const key = [declarations, ...further].join("|");
  if (!known.has(key)) {
    const name = `s${(known.size + 1).toString(36)}`;
    for (const rule of [`.${name} { ${declarations} }`, ...further.map((text) => text.replaceAll("&", `.${name}`))]) {
      sheet.insertRule(rule, sheet.cssRules.length);
    }
    known.set(key, name);
  }
  return known.get(key);
}
