import { describe, expect, it } from "vitest";
import { editedVersions, wentOnFrom } from "./page-versions.ts";

const uid = (digit: number) => `${digit}`.repeat(8).concat("-0000-4000-8000-000000000000");
const page = (digit: number, generation: number, acknowledged: number, resourceVersion = "100") => ({
  metadata: { name: "p", namespace: "n", uid: uid(digit), generation, resourceVersion },
  status: { observedGeneration: acknowledged },
});

describe("page versions", () => {
  it("are those of the pages that were edited", () => {
    expect(editedVersions([page(1, 3, 3), page(2, 5, 4, "7")])).toBe(`${uid(2)}/5/7`);
    expect(editedVersions([page(1, 3, 3)])).toBeUndefined();
    expect(editedVersions([page(1, 3, 2), page(2, 5, 4)])).toBe(`${uid(1)}/3/100 ${uid(2)}/5/100`);
  });

  it.each([
    ["edited further", [page(1, 4, 2, "101")], true],
    ["untouched since", [page(1, 3, 2)], false],
    ["put back from before: its generation", [page(1, 2, 2, "101")], false],
    ["put back from before: its version", [page(1, 4, 2, "99")], false],
    ["another object of that name", [page(2, 4, 2, "101")], false],
    ["gone", [], false],
  ] as const)("tell whether what is there began with them: %s", (_, pages, expected) => {
    expect(wentOnFrom(`${uid(1)}/3/100`, pages)).toBe(expected);
  });

  it("hold for all pages together", () => {
    const versions = `${uid(1)}/3/100 ${uid(2)}/5/100`;
    expect(wentOnFrom(versions, [page(1, 4, 2, "101"), page(2, 5, 4)])).toBe(true);
    expect(wentOnFrom(versions, [page(1, 4, 2, "101"), page(2, 4, 4)])).toBe(false);
  });

  it.each([undefined, "", "x", `${uid(1)}/3`, `${uid(1)}/3/100 x`, `${uid(1)}/-3/100`])(
    "are nothing where they are %j",
    (text) => {
      expect(wentOnFrom(text, [page(1, 4, 2, "101")])).toBe(false);
    },
  );
});
