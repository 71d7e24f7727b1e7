// @vitest-environment node
import { describe, expect, it } from "vitest";
import { isOver, parseStored, type StoredSession } from "../../../src/session/policy";

const LIMITS = { idleMs: 30 * 60_000, sessionMs: 24 * 3_600_000 };
const NOW = 1_790_000_000_000;
const session = (more: Partial<StoredSession> = {}): StoredSession => ({
  id: "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d",
  secret: "A".repeat(43),
  startedMs: NOW,
  activeMs: NOW,
  ...more,
});

describe("when a session is over", () => {
  it("lives for as long as somebody does something", () => {
    expect(isOver(session(), NOW + LIMITS.idleMs, LIMITS)).toBe(false);
    expect(isOver(session(), NOW + LIMITS.idleMs + 1, LIMITS)).toBe(true);
  });

  it("ends at its greatest age, however busy", () => {
    const busy = session({ activeMs: NOW + LIMITS.sessionMs });
    expect(isOver(busy, NOW + LIMITS.sessionMs, LIMITS)).toBe(false);
    expect(isOver(busy, NOW + LIMITS.sessionMs + 1, LIMITS)).toBe(true);
  });

  it("does not outlive a clock that was set back by days", () => {
    expect(isOver(session(), NOW - 86_400_000, LIMITS)).toBe(true);
    expect(isOver(session(), NOW - 60_000, LIMITS)).toBe(false);
  });
});

describe("what is found in storage", () => {
  it("reads what it wrote", () => {
    expect(parseStored(JSON.stringify(session()))).toEqual(session());
  });

  it.each([null, "", "{", "null", "[]", "7", JSON.stringify({ ...session(), id: "1" }), JSON.stringify({ ...session(), secret: "short" }), JSON.stringify({ ...session(), activeMs: "x" })])(
    "does not trust %s",
    (json) => expect(parseStored(json)).toBeNull(),
  );
});
