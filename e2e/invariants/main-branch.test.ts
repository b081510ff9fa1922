import { describe, expect, it } from "vitest";
import { ANNOTATION_CONFIRM_HISTORY } from "../../src/api/v1alpha1/well-known.ts";
import { folderKey } from "./observation.ts";
import { COMMITS, REPOSITORY, type Sample } from "./sample.ts";
import { OTHER_COMMIT, OTHER_FOLDER, TAG, violationsAfter } from "./sample-changes.ts";

describe("checkMain", () => {
  const key = folderKey(COMMITS.main, "web/app");

  it("reports a folder that the operator left different from the latest revision, and no external change", () => {
    const change = (by: string) => (parts: Sample) => {
      parts.folders.set(key, OTHER_FOLDER);
      parts.lastChanges.set(key, by);
    };
    expect(violationsAfter(change(COMMITS.main))).toEqual([
      expect.stringMatching(/^\(4\) .*main:web\/app: .*latest revision v1/),
    ]);
    expect(violationsAfter(change(COMMITS.root))).toEqual([]);
  });

  it("accepts folders of a confirmed history, and reports later changes", () => {
    const accepted = (now: string) => (parts: Sample) => {
      parts.folders.set(key, OTHER_FOLDER);
      parts.lastChanges.set(key, COMMITS.main);
      const annotations = { [ANNOTATION_CONFIRM_HISTORY]: `${OTHER_COMMIT}..${now}` };
      parts.repository = { ...parts.repository, metadata: { ...parts.repository.metadata, annotations } };
    };
    expect(violationsAfter(accepted(COMMITS.main))).toEqual([]);
    expect(violationsAfter(accepted(COMMITS.root))).toEqual([expect.stringMatching(/^\(4\) /)]);
  });

  it("reports a folder that outlives its last revision", () => {
    const found = violationsAfter((parts) => {
      parts.refs.delete(TAG);
      parts.lastChanges.set(key, COMMITS.main);
    });
    expect(found).toContainEqual(expect.stringMatching(/^\(4\) .*all its revisions were deleted/));
  });

  it("reports a merge by the operator, unless it publishes only tags", () => {
    const merge = (parts: Sample) =>
      void parts.commits.set(COMMITS.main, {
        byOperator: true,
        inOperatorsName: true,
        parents: [COMMITS.root, COMMITS.draft],
      });
    expect(violationsAfter(merge)).toEqual([expect.stringMatching(/^\(4\) .*is a merge/)]);
    const tagOnly = (parts: Sample) => {
      merge(parts);
      parts.repository = { ...parts.repository, spec: { ...parts.repository.spec, publish: "tagOnly" } };
    };
    expect(violationsAfter(tagOnly)).toEqual([]);
  });
});

describe("checkExternalCommits", () => {
  it("reports accepted commits that are unreachable", () => {
    const commits = [{ repository: REPOSITORY, commit: OTHER_COMMIT, what: "a push" }];
    expect(violationsAfter(() => undefined, { commits })).toEqual([
      expect.stringMatching(/^\(5\) .*commit 9{40} any more \(a push\)/),
    ]);
  });
});
