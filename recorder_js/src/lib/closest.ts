/** closest(), also out of shadow roots and same-origin frames: what hides a host hides its insides. */
function hostOf(node: Node): Element | null {
  const root = node.getRootNode() as Node & { host?: Element; defaultView?: Window | null };
  if (root.host) return root.host;
  const view = root.defaultView;
  return view && view !== window ? view.frameElement : null;
}

/** Return the nearest element, the node itself first, that the selector names. */
export function closest(node: Node, selector: string): Element | null {
  const first = node.nodeType === Node.ELEMENT_NODE ? (node as Element) : (node.parentElement ?? hostOf(node));
  for (let one = first; one; one = hostOf(one)) {
    const found = one.closest(selector);
    if (found) return found;
  }
  return null;
}
