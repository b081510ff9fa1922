import { expect, it } from "vitest";
import { compare } from "./compare.ts";

it("orders numbers by value and strings by code units", () => {
  expect([compare(1, 2), compare(2n, 1n), compare(1, 1)]).toEqual([-1, 1, 0]);
  expect(["b", "ä", "B", "a", "a"].sort(compare)).toEqual(["B", "a", "a", "b", "ä"]);
});
