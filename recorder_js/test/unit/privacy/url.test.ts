// @vitest-environment node
import { expect, it } from "vitest";
import { maskSaid, scrubUrl } from "../../../src/privacy/url";

it.each([
  ["https://shop.example/cart", "https://shop.example/cart"],
  ["https://shop.example/cart?coupon=SECRET&step=2", "https://shop.example/cart?coupon=*&step=*"],
  ["https://shop.example/#access_token=abc", "https://shop.example/#*"],
  ["https://ada:pw@shop.example/x", "https://shop.example/x"],
  ["//ada:pw@shop.example/x", "//shop.example/x"],
  ["/reset/ada@example.org/now", "/reset/***************/now"],
  ["/p?ada@example.org", "/p?***************"],
  ["/p?", "/p?"],
  ["/p#", "/p"],
  ["?a=1#b", "?a=*#*"],
  ["data:text/plain,secret", "data:"],
  ["blob:https://shop.example/0-1", "blob:"],
  ["javascript:alert('secret')", "javascript:"],
  ["mailto:ada@example.org", "mailto:"],
  ["https://cdn.example/@scope/lib@1.2.3/x.js", "https://cdn.example/@scope/lib@1.2.3/x.js"],
  ["", ""],
])("%s → %s", (url, scrubbed) => expect(scrubUrl(url)).toBe(scrubbed));

it("cuts what is too long", () => expect(scrubUrl(`https://a.example/${"x".repeat(5_000)}`).length).toBe(2_048));

it.each([
  ["see https://a.example/x?code=SECRET#part, then", "see https://a.example/x?code=*#*, then"],
  ["at f (https://a.example/r?code=SECRET:8:29)", "at f (https://a.example/r?code=*:8:29)"],
  ["f@https://a.example/app.js:8:29\ng@https://a.example/?t=SECRET:1:2", "f@https://a.example/app.js:8:29\ng@https://a.example/?t=*:1:2"],
  ["wss://ada:pw@a.example/x?y=SECRET", "wss://a.example/x?y=*"],
  ["ada@example.org said a:b", "*************** said a:b"],
])("in what code says, %s → %s", (text, said) => expect(maskSaid(text)).toBe(said));
