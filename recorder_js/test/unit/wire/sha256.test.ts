// @vitest-environment node
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/wire/frames";
import { sha256 } from "../../../src/wire/sha256";

describe("sha256", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 1000, 70_001])("agrees with the platform on %i bytes", (length) => {
    const bytes = randomBytes(length);
    const cut = Math.floor(length / 3);
    expect(toHex(sha256(bytes.subarray(0, cut), bytes.subarray(cut)))).toBe(createHash("sha256").update(bytes).digest("hex"));
  });
});
