/** Recorded text without the characters that could reorder or hide what stands beside it. */
export function text(value: unknown): string {
  const plain = typeof value === "string" ? value : value === undefined || value === null ? "" : (JSON.stringify(value) ?? "");
  return plain.replace(/\u001b\[[0-9;]*m|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]/g, "");
}
