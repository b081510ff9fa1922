import { describe, expect, it } from "vitest";
import { parseObjects } from "./parse-objects.ts";

const parse = (text: string) => parseObjects([["a.yaml", new TextEncoder().encode(text)]]).objects;

describe("parseObjects", () => {
  it("has the items of lists, with what their aliases stand for", () => {
    const objects = parse(
      "apiVersion: v1\nkind: List\nshared: &a {q: 1}\nitems:\n- {apiVersion: v1, kind: W, a: *a, b: {<<: *a, r: 2}}\n",
    );
    expect(objects.map(({ value }) => value)).toEqual([
      { apiVersion: "v1", kind: "W", a: { q: 1 }, b: { q: 1, r: 2 } },
    ]);
  });

  // With the library's look-up of aliases it took minutes, which exceeds the limit of a test.
  it("finds as many items with aliases as a document may have", () => {
    const item = "- {apiVersion: v1, kind: W, a: *a}\n";
    expect(parse(`apiVersion: v1\nkind: List\nx: &a {q: 1}\nitems:\n${item.repeat(10_000)}`)).toHaveLength(10_000);
  });
});
