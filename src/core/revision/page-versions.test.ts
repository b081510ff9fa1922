import { describe, expect, it } from "vitest";
import { containsUnacknowledged, editedVersions, wereEditedAfter } from "./page-versions.ts";

const uid = (digit: number) => `${digit}`.repeat(8).concat("-0000-4000-8000-000000000000");
const page = (digit: number, generation: number, acknowledged: number, resourceVersion = "100") => ({
  metadata: { name: "p", namespace: "n", uid: uid(digit), generation, resourceVersion },
  status: { observedGeneration: acknowledged },
});

describe("page versions", () => {
  it("are those of the edited pages", () => {
    expect(editedVersions([page(1, 3, 3), page(2, 5, 4, "7")])).toBe(`${uid(2)}/5/7`);
    expect(editedVersions([page(1, 3, 3)])).toBeUndefined();
    expect(editedVersions([{ metadata: page(1, 1, 1).metadata }])).toBe(`${uid(1)}/1/100`);
    expect(editedVersions([page(1, 3, 2), page(2, 5, 4)])).toBe(`${uid(1)}/3/100 ${uid(2)}/5/100`);
  });

  it("are left out for more than 64 pages, and for ids that no trailer can hold", () => {
    const pages = (count: number) => Array.from({ length: count }, () => page(1, 3, 2));
    expect(editedVersions(pages(64))?.split(" ").length).toBe(64);
    expect(editedVersions(pages(65))).toBeUndefined();
    const { metadata, status } = page(1, 3, 2);
    expect(editedVersions([{ metadata: { ...metadata, uid: "not a uid" }, status }])).toBeUndefined();
  });

  it.each([
    ["edited later", [page(1, 4, 2, "101")], true],
    ["untouched since", [page(1, 3, 2)], false],
    ["restored with an older generation", [page(1, 2, 2, "101")], false],
    ["restored with an older resource version", [page(1, 4, 2, "99")], false],
    ["recreated with another uid", [page(2, 4, 2, "101")], false],
    ["deleted", [], false],
  ] as const)("are the merge base of the pages, or not: %s", (_, pages, expected) => {
    expect(wereEditedAfter(`${uid(1)}/3/100`, pages)).toBe(expected);
  });

  it("must be older than the pages in every page", () => {
    const versions = `${uid(1)}/3/100 ${uid(2)}/5/100`;
    expect(wereEditedAfter(versions, [page(1, 4, 2, "101"), page(2, 5, 4)])).toBe(true);
    expect(wereEditedAfter(versions, [page(1, 4, 2, "101"), page(2, 4, 4)])).toBe(false);
  });

  it("are no merge base of a page that has no versions", () => {
    const { resourceVersion: _, ...metadata } = page(1, 4, 2).metadata;
    expect(wereEditedAfter(`${uid(1)}/3/100`, [{ metadata }])).toBe(false);
    const { generation: __, ...other } = page(1, 4, 2, "101").metadata;
    expect(wereEditedAfter(`${uid(1)}/3/100`, [{ metadata: other }])).toBe(false);
  });

  it("hold an edit that is not acknowledged, if each is of a page of the object", () => {
    const pages = [page(1, 4, 2), page(2, 5, 5)];
    expect(containsUnacknowledged(`${uid(1)}/3/100 ${uid(2)}/5/100`, pages)).toBe(true);
    expect(containsUnacknowledged(`${uid(1)}/2/100 ${uid(2)}/5/100`, pages)).toBe(false);
    expect(containsUnacknowledged(`${uid(1)}/3/100 ${uid(3)}/5/100`, pages)).toBe(false);
    expect(containsUnacknowledged("x", pages)).toBe(false);
    expect(containsUnacknowledged(`${uid(1)}/1/100`, [{ metadata: page(1, 1, 1).metadata }])).toBe(true);
    // etcd was restored to before that edit, or users have edited as often again since.
    expect(containsUnacknowledged(`${uid(1)}/5/100`, pages)).toBe(false);
    expect(containsUnacknowledged(`${uid(1)}/4/101`, pages)).toBe(false);
  });

  it.each([undefined, "", "x", `${uid(1)}/3`, `${uid(1)}/3/100 x`, `${uid(1)}/-3/100`])(
    "are ignored if they are %j",
    (text) => {
      expect(wereEditedAfter(text, [page(1, 4, 2, "101")])).toBe(false);
    },
  );
});
