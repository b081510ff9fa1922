import { describe, expect, it } from "vitest";
import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import { oid, publishedRef } from "../../core/testing/discovered.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import { ContentsRetention } from "./contents-retention.ts";
import type { RepositoryContext } from "./context.ts";
import type { RepositoryCache } from "./repository-cache.ts";
import { planRepositoryRetention } from "./repository-retention.ts";

const BUDGET = 100;

function called(name: string, status: Partial<PackageRevisionStatus>, more: object = {}): PackageRevision {
  const revision = aRevision({ status, ...more });
  return { ...revision, metadata: { ...revision.metadata, name } };
}

const published = (name: string, size: number, more: object = {}) =>
  called(name, { lifecycle: "published", commit: oid(1), contentsSize: size }, more);

/** Git has `v1` and `v2` of a package, both at the commit 1; `present`: names of those with contents in the cluster. */
async function plan(revisions: readonly PackageRevision[], present: readonly string[] = []) {
  const tags = { v1: publishedRef("dns", "v1"), v2: publishedRef("dns", "v2") };
  const retention = new ContentsRetention();
  const context = {
    contentsBudget: BUDGET,
    revisions: { byIndex: () => revisions },
    contents: { byIndex: (_: string, key: string) => (present.includes(key.replace("default/", "")) ? [{}] : []) },
  } as unknown as RepositoryContext;
  const identify = ({ metadata }: PackageRevision) => tags[metadata.name as keyof typeof tags];
  const store = { identify, latest: () => tags.v2 };
  const cache = { key: "default/blue", store, retention } as unknown as RepositoryCache;
  const { plan: planned, differing } = await planRepositoryRetention(context, aRepository(), cache);
  return { kept: [...planned.kept].sort(), bytes: planned.bytes, differing, retention };
}

describe("planRepositoryRetention", async () => {
  it("keeps published contents up to the budget, the latest first, and reports what has to change", async () => {
    const revisions = [published("v1", 60), published("v2", 60)];
    const { kept, bytes, differing } = await plan(revisions, ["v1"]);
    expect({ kept, bytes }).toEqual({ kept: ["v2"], bytes: 60 });
    expect(differing).toEqual(revisions.map(keyOf));
    expect((await plan(revisions, ["v2"])).differing).toEqual([]);
  });

  it("hands the decisions to the reconciles of package revisions", async () => {
    const { retention } = await plan([published("v1", 60), published("v2", 60)]);
    const ask = (name: string) => retention.keeps("Auto", { name, size: 60, latest: false, present: true });
    expect([ask("v1"), ask("v2")]).toEqual([false, true]);
  });

  it("always keeps drafts, and counts them against the budget", async () => {
    const draft = called("one", { lifecycle: "draft", contentsSize: 90 });
    expect(await plan([draft, published("v1", 20)])).toMatchObject({ kept: ["one"], bytes: 90, differing: [] });
  });

  it("adds contents that a user wants to see, and does not remove them", async () => {
    const shown = published("v1", 2 * BUDGET, { annotations: { [ANNOTATION_SHOW_CONTENTS]: "true" } });
    expect((await plan([shown])).differing).toEqual(["default/v1"]);
    expect((await plan([shown], ["v1"])).differing).toEqual([]);
  });

  it("keeps the contents of a tag that was moved or deleted as they are", async () => {
    const moved = called("v1", { lifecycle: "published", commit: oid(9), contentsSize: 2 * BUDGET });
    const gone = called("v3", { lifecycle: "deletionProposed", commit: oid(1), contentsSize: 10 });
    const inGit = called("v2", { lifecycle: "published", commit: oid(9), contentsSize: 10, contents: "GitOnly" });
    expect(await plan([moved, gone, inGit])).toMatchObject({ kept: ["v1", "v3"], differing: [] });
  });

  it("leaves out revisions that are being deleted, or were not read yet", async () => {
    const deleted = published("v1", 10, { deleted: true });
    const unread = called("v2", { lifecycle: "published", commit: oid(1) });
    const unobserved = aRevision({});
    expect(await plan([deleted, unread, unobserved])).toMatchObject({ kept: [], bytes: 0, differing: [] });
  });
});
