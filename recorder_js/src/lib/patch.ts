/* eslint-disable @typescript-eslint/no-explicit-any -- a patch stands between callers and functions of any shape */

/**
 * Replace a method; returns the undo.
 *
 * If somebody wrapped ours meanwhile, taking it out would take theirs too: then ours stays and only passes through.
 */
export function patch<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  wrap: (original: any) => (this: any, ...args: any[]) => any,
): () => void {
  const original = owner[name] as any;
  if (typeof original !== "function") return () => undefined;
  let isOn = true;
  const wrapped = wrap(original);
  function replacement(this: unknown, ...args: unknown[]): unknown {
    return isOn ? wrapped.apply(this, args) : original.apply(this, args);
  }
  try {
    Object.defineProperty(replacement, "name", { value: original.name, configurable: true });
    Object.defineProperty(replacement, "length", { value: original.length, configurable: true });
    Object.defineProperty(replacement, "toString", { value: () => Function.prototype.toString.call(original), configurable: true });
    const hadOwn = Object.prototype.hasOwnProperty.call(owner, name);
    owner[name] = replacement as T[K];
    return () => {
      isOn = false;
      if ((owner[name] as unknown) !== replacement) return;
      if (hadOwn) owner[name] = original;
      else delete owner[name];
    };
  } catch {
    return () => undefined; // frozen by the page: leave it
  }
}
