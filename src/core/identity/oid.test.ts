import { expect, it } from "vitest";
import { objectFormatOf } from "./oid.ts";

it("tells the object format of an object id by its length", () => {
  expect([objectFormatOf("a".repeat(40)), objectFormatOf("a".repeat(64)), objectFormatOf(undefined)]).toEqual([
    "sha1",
    "sha256",
    "sha1",
  ]);
});
