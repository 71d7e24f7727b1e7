// @vitest-environment node
import { describe, expect, it } from "vitest";
import { isCardNumber } from "../../../src/privacy/card";
import { maskText, shapeOf } from "../../../src/privacy/text";

const HIDDEN = [
  "ada@example.org",
  "ada.lovelace+shop@mail.example.co.uk",
  "ada%40example.org",
  "4111 1111 1111 1111",
  "4111-1111-1111-1111",
  "378282246310005",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
  "d41d8cd98f00b204e9800998ecf8427e",
  "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  "dGhpc0lzQVNlY3JldFRva2VuMTIzNDU2Nzg5MA==",
  "x7Ff/abc9KQ+aa/0Zq1Yb8sW2dM4nT6uV3pRl5c=",
  "9eOIBwc_6AvMljLq7sqUki0u49TUqD5tVRKohhChL3k",
];

describe("text that is masked", () => {
  it.each(HIDDEN)("%s", (secret) => {
    const masked = maskText(`before ${secret} after`);
    expect(masked).toBe(`before ${shapeOf(secret)} after`);
  });

  it("hides what follows bearer, and keeps the word", () => {
    expect(maskText("Authorization: Bearer abc.def-123456")).toBe("Authorization: Bearer **************");
  });

  it("hides several in one text", () => {
    expect(maskText("a@b.co and c@d.org")).toBe("****** and *******");
  });
});

describe("text that stays", () => {
  it.each([
    "Order 1234567890123 is on its way", // thirteen digits that are no card
    "Call +44 20 7946 0958",
    "2026-11-23T20:06:31.000Z",
    "01993f2e-7a10-7c3b-9b1d-2f5f6a7b8c9d",
    "https://cdn.example/_next/static/chunks/pages/Home/1a2b3c4d5e6f7a8b.js:1:204",
    "at HTMLButtonElement.handleCheckoutSubmit2 (https://shop.example/assets/index-BsQ7d8fK.js:3:305)",
    "£1,249.00 for 12 items",
    "/products/the-very-long-name-of-a-product-that-somebody-sells/reviews",
    "a-sentence-with-many-dashes-and-no-secret-in-it-whatsoever",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop",
    "@media and user@home",
    "",
  ])("%s", (text) => expect(maskText(text)).toBe(text));
});

describe("cards", () => {
  it.each(["4242424242424242", "5555 5555 5555 4444", "6011111111111117", "30569309025904"])("knows %s", (card) => expect(isCardNumber(card)).toBe(true));
  it.each(["4242424242424241", "0000000000000000", "123456789012", "12345678901234567890"])("passes over %s", (text) => expect(isCardNumber(text)).toBe(false));
});

it("takes long text in a moment", () => {
  const hostile = ["a".repeat(200_000), "@".repeat(50_000), "1 ".repeat(100_000), "a@".repeat(50_000), "x.".repeat(80_000) + "@", `${"a".repeat(64)}@`.repeat(1_000)];
  for (const text of hostile) {
    const start = performance.now();
    maskText(text);
    expect(performance.now() - start).toBeLessThan(500);
  }
});
