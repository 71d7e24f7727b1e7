import { afterEach, beforeEach, expect, it, vi } from "vitest";

beforeEach(() => vi.resetModules());
afterEach(() => document.getElementById("player-catalog")?.remove());

function putCatalog(catalog: unknown): void {
  const script = document.createElement("script");
  script.type = "application/json";
  script.id = "player-catalog";
  script.textContent = JSON.stringify(catalog);
  document.body.append(script);
}

it("a catalog in the page changes the player's words and its keys", async () => {
  putCatalog({ messages: { Play: "Afspil", "Play or pause": "Afspil eller hold", "Link at %(at)s copied": "Linket til %(at)s er kopieret" } });
  const { words } = await import("../src/strings");
  const { KEYS } = await import("../src/ui/keys");
  expect(words.play).toBe("Afspil");
  expect(words.pause).toBe("Pause");
  expect(words.linkCopied("1:15")).toBe("Linket til 1:15 er kopieret");
  expect(KEYS[0]?.does).toBe("Afspil eller hold");
});

it("counts as the catalog's language counts", async () => {
  const polish = (n: number): number => (n === 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2);
  const plurals = Array.from({ length: 200 }, (_, count) => polish(count));
  putCatalog({ messages: { "%(count)s error": ["%(count)s błąd", "%(count)s błędy", "%(count)s błędów"] }, plurals });
  const { words } = await import("../src/strings");
  expect([1, 2, 5, 22, 1_022, 1_012].map(words.errors)).toEqual(["1 błąd", "2 błędy", "5 błędów", "22 błędy", "1022 błędy", "1012 błędów"]);
});

it("speaks English without one", async () => {
  putCatalog("not a catalog");
  const { words } = await import("../src/strings");
  expect([words.play, words.errors(1), words.errors(2)]).toEqual(["Play", "1 error", "2 errors"]);
});
