import { describe, expect, it } from "vitest";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "../testing/discovered.ts";
import { aRevision } from "../testing/observed.ts";
import type { Classified } from "./classify-ref.ts";
import { identify, workspaceOf } from "./identify.ts";
import { PackageIndex } from "./package-index.ts";

const ONE = draftBranch("dns", "one", { commit: oid(5) });
const V1 = publishedRef("dns", "v1", { workspace: "one" });
const V2 = publishedRef("dns", "v2", { workspace: "one" });
const EXTERNAL = publishedRef("dns", "v3");

function entryOf(...refs: Classified[]) {
  const index = new PackageIndex("blue");
  for (const one of refs) index.load(one);
  return index.package("dns");
}

function objectOf(workspace: string, more: { revision?: string; status?: Partial<PackageRevisionStatus> } = {}) {
  const { revision, status } = more;
  const packageRevID = { repository: "blue", package: "dns", workspace, ...(revision !== undefined && { revision }) };
  return aRevision({ spec: { packageRevID }, ...(status !== undefined && { status }) });
}

describe("identify", () => {
  it("knows a draft by its workspace, and an external tag by its revision", () => {
    const entry = entryOf(ONE, EXTERNAL);
    expect(identify(entry, objectOf("one"), true)).toEqual(ONE);
    expect(identify(entry, objectOf("v3"), false)).toEqual(EXTERNAL);
    expect(identify(entry, objectOf("two"), false)).toBeUndefined();
    expect(identify(undefined, objectOf("one"), false)).toBeUndefined();
  });

  it("knows a published revision by its status, whatever has been pushed since", () => {
    for (const lifecycle of ["published", "deletionProposed"] as const) {
      const object = objectOf("one", { revision: "v1", status: { lifecycle, revision: "v1" } });
      expect(identify(entryOf(ONE, V1, V2), object, true)).toEqual(V1);
      // The tag is missing: a branch of the old workspace does not take its place.
      expect(identify(entryOf(ONE, V2), object, true)).toBeUndefined();
    }
  });

  it("does not believe a status alone that the object of a recorded draft is published", () => {
    const draft = draftBranch("dns", "two", { trailers: trailersOf("dns", "two"), commit: oid(5) });
    for (const revision of ["v1", "v9"]) {
      const object = objectOf("two", { status: { lifecycle: "published", revision } });
      expect(identify(entryOf(draft, V1), object, true)).toEqual(draft);
    }
    // A branch that was pushed takes the object of no published revision.
    const own = objectOf("one", { status: { lifecycle: "published", revision: "v1" } });
    const again = draftBranch("dns", "one", { trailers: trailersOf("dns", "one"), commit: oid(5) });
    expect(identify(entryOf(again, V1), own, true)).toEqual(V1);
  });

  it("knows a published revision by its workspace if its status has no revision", () => {
    const object = objectOf("one", { status: { lifecycle: "published" } });
    expect(identify(entryOf(V1), object, false)).toEqual(V1);
  });

  it("does not take an external tag's name for a revision that was published from a workspace", () => {
    expect(identify(entryOf(V1), objectOf("v1"), false)).toBeUndefined();
  });

  it("leaves an open draft its branch when a tag names its workspace", () => {
    for (const lifecycle of ["draft", "proposed"] as const) {
      const object = objectOf("one", { status: { lifecycle, commit: oid(5) } });
      expect(identify(entryOf(ONE, V1), object, true)).toEqual(ONE);
      // The branch is there, but no longer differs from main.
      expect(identify(entryOf(V1), object, true)).toBeUndefined();
    }
  });

  it("knows the revision that was published from a draft whose branch is gone", () => {
    const proposed = objectOf("one", { status: { lifecycle: "proposed" } });
    expect(identify(entryOf(V2, V1), proposed, false)).toEqual(V1);
    expect(identify(entryOf(V2), proposed, false)).toEqual(V2);
    // The branch does not differ from main, and no status says that it is an open draft.
    expect(identify(entryOf(V1), objectOf("one"), true)).toEqual(V1);
  });

  it("knows its own publication though its branch was pushed again before status had the revision", () => {
    const approval = { digest: "sha256:d", by: "bob" };
    const trailers = trailersOf("dns", "one", {
      lifecycle: "published",
      digest: "sha256:c",
      proposalDigest: "sha256:d",
      approvedBy: "bob",
    });
    const tag = { ...V1, trailers };
    const proposal = { digest: "sha256:d", commit: tag.commit, by: "alice", at: "2025-01-02T03:04:05Z" };
    const object = objectOf("one", { status: { lifecycle: "proposed", proposal } });
    const approved = { ...object, spec: { ...object.spec, lifecycle: "published" as const, approval } };
    expect(identify(entryOf(ONE, tag), approved, true)).toEqual(tag);
    expect(identify(entryOf(ONE, { ...tag, commit: oid(9) }), approved, true)).toEqual(ONE);
    const another = { ...approved, spec: { ...approved.spec, approval: { ...approval, by: "eve" } } };
    expect(identify(entryOf(ONE, tag), another, true)).toEqual(ONE);
    const otherDigest = { ...approved, spec: { ...approved.spec, approval: { ...approval, digest: "sha256:e" } } };
    expect(identify(entryOf(ONE, tag), otherDigest, true)).toEqual(ONE);
    const withdrawn = { ...approved, spec: { ...approved.spec, lifecycle: "proposed" as const } };
    expect(identify(entryOf(ONE, tag), withdrawn, true)).toEqual(ONE);
    const notProposed = { ...objectOf("one"), spec: approved.spec };
    expect(identify(entryOf(ONE, tag), notProposed, true)).toEqual(ONE);
    const notApproved = { ...object, spec: { ...object.spec, lifecycle: "published" as const } };
    expect(identify(entryOf(ONE, tag), notApproved, true)).toEqual(ONE);
    expect(identify(entryOf(ONE, tag), object, true)).toEqual(ONE);
  });

  it("knows a restored object by the revision in its ID", () => {
    expect(identify(entryOf(ONE, V1), objectOf("one", { revision: "v1" }), true)).toEqual(V1);
    expect(identify(entryOf(ONE, V1), objectOf("v1", { revision: "v1" }), false)).toEqual(V1);
    expect(identify(entryOf(V1), objectOf("v1", { revision: "v1" }), false)).toEqual(V1);
    expect(identify(entryOf(V1), objectOf("two", { revision: "v1" }), false)).toBeUndefined();
    expect(identify(entryOf(EXTERNAL), objectOf("two", { revision: "v3" }), false)).toBeUndefined();
  });
});

describe("workspaceOf", () => {
  it("is the one that a revision was published from, unless that has a branch or an older revision", () => {
    expect(workspaceOf(entryOf(V1), V1)).toBe("one");
    expect(workspaceOf(entryOf(V1, ONE), V1)).toBe("v1");
    expect(workspaceOf(entryOf(V2, V1), V2)).toBe("v2");
    expect(workspaceOf(entryOf(EXTERNAL), EXTERNAL)).toBe("v3");
  });

  it("is known without the package's other refs", () => {
    expect([workspaceOf(undefined, ONE), workspaceOf(undefined, V1)]).toEqual(["one", "v1"]);
  });

  it("is never one that is named like another revision", () => {
    const claims = publishedRef("dns", "v4", { workspace: "v3" });
    expect(workspaceOf(entryOf(claims, EXTERNAL), claims)).toBe("v4");
  });

  it("is missing for a branch that is named like a revision of its package", () => {
    const branch = draftBranch("dns", "v3");
    expect(workspaceOf(entryOf(branch, EXTERNAL), branch)).toBeUndefined();
    expect(workspaceOf(entryOf(branch), branch)).toBe("v3");
  });
});
