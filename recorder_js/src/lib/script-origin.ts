/** Where the script came from: the script tag's entry finds it; a module's user says `host`. */
let origin = "";

export function scriptOrigin(): string {
  return origin;
}

export function setScriptOrigin(found: string): void {
  origin = found;
}
