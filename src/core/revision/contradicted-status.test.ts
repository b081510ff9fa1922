import { describe, expect, it } from "vitest";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { draftBranch, oid, trailersOf } from "../testing/discovered.ts";
import { aRevision } from "../testing/observed.ts";
import type { CommitMetadata } from "./commit-trailers.ts";
import { contradictedStatus } from "./contradicted-status.ts";

const base = { revision: "v1", commit: oid(1) };
const upstreamLock = { revision: "v1", commit: oid(2), digest: "sha256:2" };
const at = "2025-01-02T03:04:05Z";
const proposal = { digest: "sha256:3", commit: oid(5), by: "ann", at };
const PROPOSED = { lifecycle: "proposed", proposalDigest: proposal.digest, proposedBy: "ann", proposedAt: at } as const;

/** The correction for a draft at commit 5 with these trailers (undefined: not the operator's) and this status. */
function correct(
  trailers: Partial<CommitMetadata> | undefined,
  status: Partial<PackageRevisionStatus>,
  revision?: string,
) {
  const record = trailers && trailersOf("dns", "one", { metadata: { base }, ...trailers });
  const draft = draftBranch("dns", "one", { commit: oid(5), ...(record !== undefined && { trailers: record }) });
  const found = { ...draft, ...(record !== undefined && { metadata: record.metadata }) };
  const id = { repository: "blue", package: "dns", workspace: "one", ...(revision !== undefined && { revision }) };
  const object = aRevision({ spec: { packageRevID: id }, status: { lifecycle: "draft", ...status } });
  return contradictedStatus({ object, view: { found } as never });
}

describe("what the record contradicts in status", () => {
  it.each<[string, Parameters<typeof correct>]>([
    ["a draft as it was recorded", [{}, { base }]],
    ["a clone as it was recorded", [{ metadata: { base, upstreamLock } }, { base, upstreamLock }]],
    ["a proposal as it was recorded", [PROPOSED, { base, lifecycle: "proposed", proposal }]],
    [
      "a proposal whose branch has moved since",
      [{}, { base, lifecycle: "proposed", proposal: { ...proposal, commit: oid(6) } }],
    ],
    ["a branch without a record", [undefined, { base, upstreamLock, lifecycle: "proposed", proposal }]],
    ["a published revision whose tag is gone", [{}, { base, lifecycle: "published" }, "v1"]],
  ])("is nothing of %s", (_, parameters) => {
    expect(correct(...parameters)).toBeUndefined();
  });

  it.each<[string, Parameters<typeof correct>, object]>([
    ["another base", [{}, { base: { ...base, revision: "v2" } }], { base }],
    ["no base", [{}, {}], { base }],
    ["an upstream of its own", [{}, { base, upstreamLock }], { upstreamLock: null }],
    [
      "another proposer",
      [PROPOSED, { base, lifecycle: "proposed", proposal: { ...proposal, by: "eve" } }],
      { proposal },
    ],
    [
      "another digest",
      [PROPOSED, { base, lifecycle: "proposed", proposal: { ...proposal, digest: "x" } }],
      { proposal },
    ],
    [
      "a proposal that nobody made",
      [{}, { base, lifecycle: "proposed", proposal }],
      { lifecycle: "draft", proposal: null },
    ],
    [
      "a publication",
      [{}, { base, lifecycle: "published", revision: "v1" }],
      { lifecycle: "draft", revision: null, proposal: null },
    ],
  ])("is %s", (_, parameters, correction) => {
    expect(correct(...parameters)).toEqual(correction);
  });

  it("is nothing without a status, without a branch, and during a deletion", () => {
    const found = draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { metadata: { base } }) });
    const view = { found: { ...found, metadata: { base } } } as never;
    expect(contradictedStatus({ object: aRevision({}), view })).toBeUndefined();
    expect(contradictedStatus({ object: aRevision({ status: { lifecycle: "draft" } }) })).toBeUndefined();
    const deleted = aRevision({ status: { lifecycle: "draft" } });
    const metadata = { ...deleted.metadata, deletionTimestamp: "2025-01-02T03:04:05Z" };
    expect(contradictedStatus({ object: { ...deleted, metadata }, view })).toBeUndefined();
  });
});
