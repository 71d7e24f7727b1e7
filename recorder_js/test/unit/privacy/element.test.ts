import { beforeEach, describe, expect, it } from "vitest";
import { actorOf, describeElement } from "../../../src/privacy/element";

const RULES = { blockSelector: ".secret-box", maskSelector: ".ph-mask" };
const at = (selector: string): Element => document.querySelector(selector) as Element;

beforeEach(() => {
  document.body.innerHTML = `
    <main id="main"><button class="btn buy" aria-label="Buy the lamp"><i class="icon"></i><b>Buy  now</b></button>
    <button>Other</button><input id="email" name="email" placeholder="you@example.org" value="typed words">
    <input id="go" type="submit" value="Send"><a href="/x" class="ph-mask">Ada L</a><div class="ph-block"><u>hidden words</u></div>
    <div class="secret-box"><u>more</u></div><p id="p">mail ada@example.org</p><div id="big"><p>one</p><p>two</p></div></main>`;
});

describe("an element in words", () => {
  it("names what acts, not what was hit", () => {
    expect(actorOf(at("b")).localName).toBe("button");
    expect(describeElement(actorOf(at("i")), RULES)).toEqual({
      tag: "button",
      text: "Buy now",
      label: "Buy the lamp",
      selector: "main#main > button.btn.buy:nth-of-type(1)",
    });
  });

  it("never says what was typed", () => expect(JSON.stringify(describeElement(at("#email"), RULES))).not.toContain("typed"));
  it("says what a submit button says", () => expect(describeElement(at("#go"), RULES).text).toBe("Send"));
  it("masks inside a masked element", () => expect(describeElement(at("a"), RULES).text).toBe("*** *"));
  it("masks patterns everywhere", () => {
    expect(describeElement(at("#p"), RULES).text).toBe("mail ***************");
    expect(describeElement(at("#email"), RULES).label).toBe("***************");
  });
  it("says nothing of what is blocked", () => {
    expect(Object.keys(describeElement(at(".ph-block u"), RULES))).toEqual(["tag", "selector"]);
    expect(Object.keys(describeElement(at(".secret-box u"), RULES))).toEqual(["tag", "selector"]);
  });
  it("does not read a whole page to name its container", () => expect(describeElement(at("#big"), RULES).text).toBeUndefined());
});
