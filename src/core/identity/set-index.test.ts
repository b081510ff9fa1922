import { describe, expect, it } from "vitest";
import { SetIndex } from "./set-index.ts";

describe("SetIndex", () => {
  it("has each value of a key once, until it is deleted", () => {
    const index = new SetIndex();
    const all = () => ["a", "b", "c"].map((key) => [...index.get(key)]);
    for (const value of ["1", "2", "1"]) index.add("a", value);
    index.add("b", "1");
    expect(all()).toEqual([["1", "2"], ["1"], []]);
    index.delete("a", "1");
    index.delete("b", "1");
    index.delete("c", "1");
    expect(all()).toEqual([["2"], [], []]);
  });
});
