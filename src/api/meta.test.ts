import { describe, expect, it } from "vitest";
import { keyOf, parseKey } from "./meta.ts";

describe("keyOf and parseKey", () => {
  it.each([{ namespace: "a", name: "b.c" }, { name: "b" }])("return the same name and namespace for %j", (metadata) => {
    expect(parseKey(keyOf({ metadata }))).toEqual(metadata);
  });
});
