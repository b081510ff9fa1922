import { describe, expect, it } from "vitest";
import { COMMITS, REPOSITORY, type Sample } from "./sample.ts";
import { changeStatus, TAG, violationsAfter } from "./sample-changes.ts";

const BRANCH = "refs/heads/web/app/next";
/** What somebody makes in the operator's name without its key. */
const breakCommit = (parts: Sample, oid: string) =>
  void parts.commits.set(oid, { parents: [], byOperator: false, inOperatorsName: true });
const breakTag = (parts: Sample, ref: string) => {
  const tag = parts.refs.get(ref);
  if (tag === undefined) throw new Error(`the sample has no ${ref}`);
  parts.refs.set(ref, { ...tag, tagInOperatorsName: "unverified" });
  return tag.oid;
};

describe("checkSignatures", () => {
  it.for(Object.values(COMMITS))("reports commit %s in the operator's name that git does not verify", (oid) => {
    expect(violationsAfter((parts) => breakCommit(parts, oid), { forged: [] })).toContainEqual(
      `(8) ${REPOSITORY} commit ${oid}: is in the operator's name, and git does not verify it with the published keys`,
    );
  });

  it.for([TAG, "refs/tags/web/app/deleted-v2"])("reports %s in the operator's name that git does not verify", (ref) => {
    expect(violationsAfter((parts) => breakTag(parts, ref), { forged: [] })).toEqual([
      expect.stringMatching(new RegExp(`^\\(8\\) ${REPOSITORY} ${ref}: is in the operator's name`)),
    ]);
  });

  it("reports none that a test has forged, nor any where forgeries are not known", () => {
    const change = (parts: Sample) => {
      breakCommit(parts, COMMITS.root);
      breakTag(parts, "refs/tags/web/app/deleted-v2");
    };
    const tag = "b".repeat(40);
    expect(violationsAfter(change, { forged: [COMMITS.root, tag] })).toEqual([]);
    expect(violationsAfter(change, { forged: [COMMITS.root] })).toHaveLength(1);
    expect(violationsAfter(change)).toEqual([]);
  });

  it("reports a draft of another provenance than its branch's newest commit", () => {
    expect(violationsAfter((parts) => changeStatus(parts, "next", { provenance: "External" }))).toEqual([
      expect.stringMatching(new RegExp(`^\\(8\\) .* ${BRANCH} is Operator, status has External`)),
    ]);
    const forge = (parts: Sample) => {
      const branch = parts.refs.get(BRANCH);
      if (branch === undefined) throw new Error("the sample has a draft");
      const { trailers: _, ...unsigned } = branch;
      parts.refs.set(BRANCH, unsigned);
    };
    expect(violationsAfter(forge)).toContainEqual(expect.stringMatching(/is External, status has Operator/));
  });
});
