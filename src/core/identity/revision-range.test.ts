import { describe, expect, it } from "vitest";
import { revisionFilter } from "./revision-range.ts";

const PUBLISHED = ["v1", "v2", "v1.2.0", "v1.2.9", "v1.10.0", "v10", "v9007199254740993"];

describe("revisionFilter", () => {
  it.each([
    ["v2", ["v2"]],
    ["v1.2.0", ["v1.2.0"]],
    ["^1.2.0", ["v1.2.0", "v1.2.9", "v1.10.0"]],
    ["~1.2", ["v1.2.0", "v1.2.9"]],
    [">=2 <=10", ["v2", "v10"]],
    ["v3", []],
    ["^3", []],
    ["*", ["v1", "v2", "v1.2.0", "v1.2.9", "v1.10.0", "v10"]],
  ])("takes of %s %j", (text, revisions) => {
    expect(PUBLISHED.filter((one) => revisionFilter(text)?.(one))).toEqual(revisions);
  });

  it.each(["main", "newest", ">=", "1..2"])("refuses %j", (text) => {
    expect(revisionFilter(text)).toBeUndefined();
  });
});
