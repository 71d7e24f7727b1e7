import { beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/lib/storage";
import { parseStored } from "../../../src/session/policy";
import { createSessionKeeper } from "../../../src/session/session";
import { createVisitorKeeper, isUsableId } from "../../../src/session/visitor";
import { takeWindowId } from "../../../src/session/window";

const LIMITS = { idleMs: 1_000, sessionMs: 10_000, touchMs: 100 };
const NOW = 1_790_000_000_000;
let store: Store;

beforeEach(() => {
  localStorage.clear();
  store = openStore(() => localStorage);
});

describe("the session of a browser", () => {
  it("is one for all its tabs", () => {
    const [tab, other] = [createSessionKeeper(store, "s", LIMITS), createSessionKeeper(store, "s", LIMITS)];
    expect(other.current(NOW + 5)).toEqual(tab.current(NOW));
  });

  it("has a UUIDv7 that begins with its time, and a secret of 32 bytes", () => {
    const { id, secret } = createSessionKeeper(store, "s", LIMITS).current(NOW);
    expect(parseInt(id.replace(/-/g, "").slice(0, 12), 16)).toBe(NOW);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(atob(secret.replace(/-/g, "+").replace(/_/g, "/"))).toHaveLength(32);
  });

  it("is prolonged by what a person does in any tab", () => {
    const [tab, other] = [createSessionKeeper(store, "s", LIMITS), createSessionKeeper(store, "s", LIMITS)];
    const { id } = tab.current(NOW);
    other.touch(NOW + 900);
    expect(tab.isOver(NOW + 1_500)).toBe(false);
    expect(tab.touch(NOW + 1_500).id).toBe(id);
  });

  it("is followed by another when idle, and the second tab joins that one", () => {
    const [tab, other] = [createSessionKeeper(store, "s", LIMITS), createSessionKeeper(store, "s", LIMITS)];
    const { id } = tab.current(NOW);
    other.current(NOW);
    const next = tab.touch(NOW + 2_000);
    expect(next.id).not.toBe(id);
    expect(other.touch(NOW + 2_010).id).toBe(next.id);
  });

  it("is written at most as often as the limit says", () => {
    const keeper = createSessionKeeper(store, "s", LIMITS);
    keeper.current(NOW);
    keeper.touch(NOW + 50);
    expect(parseStored(store.get("s"))?.activeMs).toBe(NOW);
    keeper.touch(NOW + 150);
    expect(parseStored(store.get("s"))?.activeMs).toBe(NOW + 150);
  });

  it("lives in memory where storage is denied", () => {
    const denied = openStore(() => {
      throw new DOMException("denied", "SecurityError");
    });
    const keeper = createSessionKeeper(denied, "s", LIMITS);
    expect(keeper.current(NOW + 1).id).toBe(keeper.current(NOW).id);
  });
});

describe("the visitor", () => {
  it("is anonymous until identified, and a new one after reset", () => {
    const keeper = createVisitorKeeper(store, "v", () => NOW);
    const { anonymousId, distinctId, isIdentified } = keeper.current();
    expect([distinctId, isIdentified]).toEqual([anonymousId, false]);
    expect(keeper.identify("ada")).toEqual({ distinctId: "ada", anonymousId, isIdentified: true });
    expect(createVisitorKeeper(store, "v", () => NOW).current().distinctId).toBe("ada");
    expect(keeper.reset().anonymousId).not.toBe(anonymousId);
  });

  it.each(["", "  ", "undefined", "null", "NaN", "[object Object]", "anonymous", "x".repeat(201), 7, null, undefined])("has no use for the id %s", (id) =>
    expect(isUsableId(id)).toBe(false),
  );
});

describe("the window id", () => {
  it("survives a load in the same tab, and is not what a duplicated tab copies", () => {
    const tab = openStore(() => sessionStorage);
    sessionStorage.clear();
    const first = takeWindowId(tab, "w");
    expect(sessionStorage.getItem("w")).toBeNull(); // what a duplicate would copy
    first.putBack();
    expect(takeWindowId(tab, "w").id).toBe(first.id);
  });
});
