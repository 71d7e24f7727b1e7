/** The name of an asset: SHA-256 of its bytes, in hex. */
import { sha256 } from "../wire/sha256";

const SYNC_BYTES = 262_144; // plain http has no crypto.subtle; more at once would be a long task

/** Resolves to null where the bytes are too many to hash without holding up the page. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const subtle = window.crypto?.subtle;
  if (!subtle && bytes.length > SYNC_BYTES) return null;
  const digest = subtle ? new Uint8Array(await subtle.digest("SHA-256", bytes)) : sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
