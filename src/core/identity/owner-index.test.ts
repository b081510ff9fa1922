import { describe, expect, it } from "vitest";
import { OwnerIndex } from "./owner-index.ts";

describe("OwnerIndex", () => {
  it("knows the values of owners and the owners of values, as they were set last", () => {
    const index = new OwnerIndex();
    index.set("a", ["x", "y"]);
    index.set("b", ["y"]);
    expect([index.valuesOf("a"), [...index.ownersOf("y")]]).toEqual([
      ["x", "y"],
      ["a", "b"],
    ]);
    index.set("a", ["z"]);
    expect(["x", "y", "z"].map((value) => [...index.ownersOf(value)])).toEqual([[], ["b"], ["a"]]);
    index.set("b", []);
    expect([index.valuesOf("b"), [...index.ownersOf("y")], index.valuesOf("c")]).toEqual([[], [], []]);
  });
});
