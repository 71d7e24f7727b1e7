import { expect, it } from "vitest";
import { readConfig } from "../../src/config";

const KEY = "pk_abcdefghjk_0123456789abcdef01234567";
const HOST = "https://replay.example";

it("knows the project from the write key", () => expect(readConfig({ writeKey: KEY }, HOST)).toMatchObject({ project: "abcdefghjk", host: HOST }));

it.each([
  [{ writeKey: "abc" }, "the write key is missing"],
  [{ writeKey: KEY, host: "replay" }, "host is missing"],
  [{ writeKey: KEY, maskSelector: ".a, [" }, "maskSelector is not a CSS selector: .a, ["],
  [{ writeKey: KEY, blockSelector: "::" }, "blockSelector is not a CSS selector"],
])("says what is wrong with %j, and records nothing", (options, sentence) => expect(readConfig(options, HOST)).toContain(sentence));
