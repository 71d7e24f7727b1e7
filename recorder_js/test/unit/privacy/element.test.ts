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
  it("leaves out what is masked, blocked or typed inside what it names", () => {
    document.body.innerHTML = `<button id="pay">Pay <b class="ph-mask">Ada</b><b class="ph-block">Bea</b><b class="secret-box">Cem</b> now</button>
      <label id="note">Note <textarea>typed</textarea></label>`;
    expect(describeElement(at("#pay"), RULES).text).toBe("Pay now");
    expect(describeElement(at("#note"), RULES).text).toBe("Note");
  });
  it("hides a label as the page does", () => {
    document.body.innerHTML = `<p class="ph-mask"><label for="one">Ada L</label></p><input id="one"><p class="ph-block"><label for="two">Ada L</label></p><input id="two">`;
    expect(describeElement(at("#one"), RULES).label).toBe("*** *");
    expect(describeElement(at("#two"), RULES).label).toBeUndefined();
  });
  it("hides what is inside the shadow of a hidden host", () => {
    for (const name of ["ph-mask", "ph-block"]) {
      const root = Object.assign(document.body.appendChild(document.createElement("div")), { className: name }).attachShadow({ mode: "open" });
      root.innerHTML = "<button>Ada L</button>";
      expect(JSON.stringify(describeElement(root.firstElementChild as Element, RULES))).not.toContain("Ada");
    }
  });
  it("does not read a whole page to name its container", () => expect(describeElement(at("#big"), RULES).text).toBeUndefined());
});
