/** Random bytes and the ids made from them. */

export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

export function randomHex(bytes: number): string {
  return Array.from(randomBytes(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** base64url without padding. */
export function randomSecret(bytes: number): string {
  return btoa(String.fromCharCode(...randomBytes(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

/** A UUIDv7: 48 bits of epoch milliseconds, then chance (RFC 9562 §5.7). */
export function makeUuid7(epochMs: number): string {
  const time = Math.floor(epochMs).toString(16).padStart(12, "0").slice(-12);
  const rest = randomHex(10);
  const variant = (8 + (parseInt(rest[3] ?? "0", 16) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${variant}${rest.slice(4, 7)}-${rest.slice(7, 19)}`;
}
