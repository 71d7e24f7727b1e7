/** A picture that is not kept: a neutral box of its size, drawn from its own bytes. */

const MAX_SIDE = 10_000;

export function placeholder(attributes: Record<string, unknown>): string {
  const width = side(attributes.width ?? attributes.rr_width);
  const height = side(attributes.height ?? attributes.rr_height);
  const size = width && height ? { width, height } : { width: width ?? height ?? 24, height: height ?? width ?? 24 };
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" preserveAspectRatio="none">` +
    `<rect width="100%" height="100%" fill="#8a8f9c" fill-opacity=".16"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function side(value: unknown): number | null {
  const pixels = Number.parseFloat(String(value ?? ""));
  return pixels > 0 && pixels <= MAX_SIDE ? Math.round(pixels) : null;
}
