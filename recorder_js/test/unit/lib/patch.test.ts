// @vitest-environment node
import { expect, it, vi } from "vitest";
import { guard, listenForTrouble } from "../../../src/lib/guard";
import { undoAll } from "../../../src/lib/listen";
import { patch } from "../../../src/lib/patch";

it("puts the very same function back", () => {
  class Thing {
    greet(name: string): string {
      return `hello ${name}`;
    }
  }
  const original = Thing.prototype.greet;
  const thing = new Thing();
  const undo = patch(Thing.prototype, "greet", (greet) => function (this: Thing, name: string) {
    return `${greet.call(this, name)}!`;
  });
  expect(thing.greet("Ada")).toBe("hello Ada!");
  expect([Thing.prototype.greet.name, Thing.prototype.greet.length, String(Thing.prototype.greet)]).toEqual(["greet", 1, String(original)]);
  undo();
  expect(Thing.prototype.greet).toBe(original);
});

it("leaves a frozen object alone", () => {
  const frozen = Object.freeze({ run: () => 1 });
  expect(() => patch(frozen, "run", () => () => 2)()).not.toThrow();
  expect(frozen.run()).toBe(1);
});

it("guards: never throws, and tells who listens", () => {
  const trouble = vi.fn();
  listenForTrouble(trouble);
  const error = new Error("ours");
  expect(guard(() => { throw error; })()).toBeUndefined();
  expect(trouble).toHaveBeenCalledWith(error);
});

it("undoes in reverse, each on its own", () => {
  const order: number[] = [];
  undoAll([() => order.push(1), () => { throw new Error("x"); }, () => order.push(3)]);
  expect(order).toEqual([3, 1]);
});
