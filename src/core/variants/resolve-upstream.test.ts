import { describe, expect, it } from "vitest";
import { resolveUpstream } from "./resolve-upstream.ts";

const PUBLISHED = ["v1", "v2", "v1.2.0", "v1.2.9", "v1.10.0", "v10"];
const found = (revision: string) => ({ kind: "found", revision });

describe("resolveUpstream", () => {
  it.each([
    [undefined, "v10"],
    ["latest", "v10"],
    ["v2", "v2"],
    ["v1.2.0", "v1.2.0"],
    ["^1.2.0", "v1.10.0"],
    ["~1.2", "v1.2.9"],
    [">=1 <3", "v2"],
    ["10.0.0", "v10"],
    ["*", "v10"],
  ])("takes of %s the newest revision, %s", (wanted, revision) => {
    expect(resolveUpstream(wanted, PUBLISHED)).toEqual(found(revision));
  });

  it.each([
    ["v3", PUBLISHED],
    ["^3", PUBLISHED],
    ["latest", []],
    ["^1", ["v9007199254740993"]],
  ])("finds no revision for %s", (wanted, published) => {
    expect(resolveUpstream(wanted, published)).toEqual({ kind: "missing" });
  });

  it.each(["main", "newest", "v01", ">=", "1..2"])("refuses %j", (wanted) => {
    expect(resolveUpstream(wanted, PUBLISHED).kind).toBe("invalid");
  });
});
