import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asCurl, quote } from "../src/curl";

/** What a shell makes of the words of a command: one line each, none run. */
function wordsOf(command: string): string[] {
  return execFileSync("sh", ["-c", `set -- ${command}; printf '%s\\0' "$@"`], { encoding: "utf8" }).split("\0").slice(0, -1);
}

const HOSTILE = [
  "https://x/'; touch /tmp/owned; '",
  "https://x/$(id)`id`${HOME}",
  "https://x/\"\\\"!! & | > < * ? ~",
  "https://x/''''",
  "https://x/\\'",
  "https://x/{a,b}[1-9]",
  "https://x/#frag ment",
];

describe("a request as a command", () => {
  it.each(HOSTILE)("is one word to a shell: %s", (url) => {
    expect(wordsOf(asCurl({ method: "GET", url }) ?? "").at(-1)).toBe(url);
  });

  it("is one word whatever the address holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."'\"\\$`!&|;<>(){}[]*?~# -=ab%") , maxLength: 60 }), (tail) => {
        expect(wordsOf(quote(`https://x/${tail}`))).toEqual([`https://x/${tail}`]);
      }),
      { numRuns: 60 },
    );
  });

  it("has no line of its own, and nothing that a terminal acts on", () => {
    expect(quote("https://x/\r\nrm -rf ~\u001b[2J\u0007\u202e\u2028")).toBe("'https://x/rm -rf ~[2J'"); // without its escape this is text
  });

  it("says its method, when that is one", () => {
    expect(asCurl({ method: "get", url: "https://x/" })).toBe("curl 'https://x/'");
    expect(asCurl({ method: "POST", url: "https://x/" })).toBe("curl -X POST 'https://x/'");
    expect(asCurl({ method: "HEAD", url: "https://x/" })).toBe("curl --head 'https://x/'");
    expect(asCurl({ method: "-o /etc/x", url: "https://x/" })).toBe("curl 'https://x/'");
    expect(asCurl({ method: "GET", url: "https://x/[1-9]" })).toBe("curl --globoff 'https://x/[1-9]'");
  });

  it("is there for addresses of the web only", () => {
    for (const url of ["file:///etc/passwd", "-o/etc/x", "", null, "javascript:1"]) expect(asCurl({ method: "GET", url })).toBeNull();
  });
});
