import { describe, expect, it } from "vitest";
import { folderKey } from "./observation.ts";
import { COMMITS, FIRST, folderOf, type Sample } from "./sample.ts";
import { addRef, changePage, changeStatus, changeTrailers, violationsAfter } from "./sample-changes.ts";

const TAG = "refs/tags/web/app/v1";

describe("checkContents", () => {
  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "other bytes",
      /"app.yaml" is shown with other bytes/,
      (parts) => changePage(parts, 0, { spec: { resources: { "app.yaml": "a: 2\n" } } }),
    ],
    [
      "an additional file",
      /"x" is shown, and is not in/,
      (parts) => changePage(parts, 0, { spec: { resources: { "app.yaml": "a: 1\n", x: "" } } }),
    ],
    [
      "a missing file",
      /"app.yaml" is in Git's commit, and is not shown/,
      (parts) => changePage(parts, 0, { spec: { resources: {} } }),
    ],
    ["a missing page", /1 pages of 2/, (parts) => changePage(parts, 0, { status: { frozen: true, pages: 2 } })],
    [
      "another number of files that are not shown",
      /filesNotShownCount is 3/,
      (parts) => changePage(parts, 0, { status: { frozen: true, filesNotShownCount: 3 } }),
    ],
    [
      "another digest",
      /status.contentDigest is sha256:0, the tag's/,
      (parts) => changeStatus(parts, "first", { contentDigest: "sha256:0" }),
    ],
    ["no objects", /does not say GitOnly/, (parts) => void parts.contents.shift()],
  ])("reports contents that have %s", (_, message, change) => {
    expect(violationsAfter(change)).toEqual([
      expect.stringMatching(new RegExp(`^\\(2\\) ${FIRST}: .*${message.source}`)),
    ]);
  });

  it.each([
    ["not part of the revision, as its record says", ["web/app/sub"], false],
    ["part of it, as its record says, though a tag was pushed there later", [], true],
  ] as const)("reports files of a package below that are %s", (_, nested, isReported) => {
    const violations = violationsAfter((parts) => {
      // The first page shows app.yaml alone.
      const files = folderOf({ "app.yaml": "a: 1\n", "sub/s.yaml": "s: 1\n" });
      for (const commit of [COMMITS.published, COMMITS.main]) parts.folders.set(folderKey(commit, "web/app"), files);
      parts.folders.set(folderKey(COMMITS.published, "web/app/sub"), folderOf({ "s.yaml": "s: 1\n" }));
      addRef(parts, "refs/tags/web/app/sub/v1", COMMITS.published);
      changeTrailers(parts, TAG, { nested });
    });
    const isOfContents = (one: string) => one.startsWith(`(2) ${FIRST}`);
    expect(violations.some(isOfContents)).toBe(isReported);
  });

  it("accepts missing contents if status is GitOnly", () => {
    expect(
      violationsAfter((parts) => [parts.contents.shift(), changeStatus(parts, "first", { contents: "GitOnly" })]),
    ).toEqual([]);
  });
});
