// @vitest-environment node
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import * as api from "../../src/index";

const page = readFileSync(resolve(process.cwd(), "docs/recorder.md"), "utf8");
const config = readFileSync(resolve(process.cwd(), "recorder_js/src/config.ts"), "utf8");

it("says every call, and no other", () => {
  const table = page.slice(page.indexOf("## Calls"), page.indexOf("| signal |"));
  const said = [...table.matchAll(/^\| `(\w+)\(/gm)].map((match) => match[1]);
  expect(said.sort()).toEqual(Object.keys(api).sort());
});

it("says every option, and no other", () => {
  const options = /export interface InitOptions \{([\s\S]*?)\n\}/.exec(config)?.[1] ?? "";
  const known = [...options.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1]);
  const table = page.slice(page.indexOf("## Options"), page.indexOf("## What is recorded"));
  const said = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
  expect(said.sort()).toEqual(known.sort());
});
