import { describe, expect, it } from "vitest";
import { FIRST, type Sample } from "./sample.ts";
import { changePage, changeStatus, violationsAfter } from "./sample-changes.ts";

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

  it("accepts missing contents if status is GitOnly", () => {
    expect(
      violationsAfter((parts) => [parts.contents.shift(), changeStatus(parts, "first", { contents: "GitOnly" })]),
    ).toEqual([]);
  });
});
