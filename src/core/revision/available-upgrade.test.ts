import { describe, expect, it } from "vitest";
import { availableUpgrade } from "./available-upgrade.ts";

describe("availableUpgrade", () => {
  it.each([
    ["a later revision", "v1", "v2", "v2"],
    ["a later one by number", "v9", "v10", "v10"],
    ["nothing if it is the latest", "v2", "v2", undefined],
    ["nothing if the latest was deleted since", "v3", "v2", undefined],
    ["nothing for what was taken from main", "main", "v2", undefined],
  ])("is %s", (_, taken, latest, expected) => {
    expect(availableUpgrade({ revision: taken, commit: taken }, { revision: latest, commit: latest })).toBe(expected);
  });

  it("is nothing for the same commit under another number, and without a revision", () => {
    expect(availableUpgrade({ revision: "v1", commit: "c" }, { revision: "v2", commit: "c" })).toBeUndefined();
    expect(availableUpgrade({ revision: "v1", commit: "c" }, undefined)).toBeUndefined();
  });
});
