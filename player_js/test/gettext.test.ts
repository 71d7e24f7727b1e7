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
  putCatalog({ messages: { "%(count)s row": ["%(count)s wiersz", "%(count)s wiersze", "%(count)s wierszy"] }, plurals });
  const { words } = await import("../src/strings");
  expect([1, 2, 5, 22, 1_022, 1_012].map(words.rowCount)).toEqual(["1 wiersz", "2 wiersze", "5 wierszy", "22 wiersze", "1022 wiersze", "1012 wierszy"]);
});

it("speaks English without one", async () => {
  putCatalog("not a catalog");
  const { words } = await import("../src/strings");
  expect([words.play, words.rowCount(1), words.rowCount(2)]).toEqual(["Play", "1 row", "2 rows"]);
});
