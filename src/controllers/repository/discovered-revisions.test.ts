import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { FINALIZER, LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import { objectName } from "../../core/identity/names.ts";
import { identify, workspaceOf } from "../../core/repository/identify.ts";
import { type Discovered, PackageIndex } from "../../core/repository/package-index.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "../../core/testing/discovered.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { createMissing } from "./discovered-revisions.ts";

const V1 = publishedRef("dns", "v1");
const V2 = publishedRef("dns", "v2");
const DRAFT = draftBranch("dns", "one", {
  trailers: trailersOf("dns", "one", { metadata: { labels: { tier: "gold" } } }),
});
const NAMES = { v1: "catalog.blue.dns.v1", v2: "catalog.blue.dns.v2", draft: "catalog.blue.dns.one" };

function apiError(code: number, reason: string): ApiError {
  return new ApiError({ code, reason, message: reason });
}

/** What Git has; `objects`: what the cluster has; `refuse`: throws for a request that is refused. */
function start(
  git: readonly Discovered[],
  objects: readonly PackageRevision[] = [],
  refuse: (object: PackageRevision) => void = () => {},
  maxRevisions = 100,
) {
  const created: PackageRevision[] = [];
  const client = {
    create: async <T>(_: unknown, object: T): Promise<T> => {
      refuse(object as PackageRevision);
      created.push(object as PackageRevision);
      return object;
    },
  };
  const revisions = {
    get: (key: string) => objects.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
    byIndex: (_: "repository", key: string) => (key === "default/blue" ? objects : []),
  };
  const index = new PackageIndex("blue");
  for (const one of git) index.load(one);
  const store = {
    revisions: () => index.revisions(),
    identify: (one: PackageRevision) => identify(index.package(one.spec.packageRevID.package), one, false),
    workspaceOf: (found: Discovered) => workspaceOf(index.package(found.path), found),
    latest: () => V2,
  };
  const stopping = new AbortController();
  const all = async () =>
    await createMissing(
      { client, revisions, maxRevisions },
      { key: "default/blue", prefixes: [], store },
      stopping.signal,
    );
  const run = async () => (await all()).groups.flatMap(({ first }) => first);
  return { created, run, all, stop: () => stopping.abort(new Error("stopped")) };
}

function objectCalled(name: string, more: Parameters<typeof aRevision>[0] = {}): PackageRevision {
  const revision = aRevision(more);
  return { ...revision, metadata: { ...revision.metadata, name } };
}

const idOf = (workspace: string, name = "dns") => {
  return { packageRevID: { repository: "blue", package: name, workspace } };
};

describe("createMissing", () => {
  it("creates the objects that the cluster lacks, each with the finalizer", async () => {
    const { created, run } = start([V1, V2, DRAFT], [objectCalled(NAMES.v1, { spec: idOf("v1") })]);
    expect(await run()).toEqual([]);
    expect(created.map(({ metadata }) => [metadata.namespace, metadata.name, metadata.finalizers])).toEqual([
      ["default", NAMES.draft, [FINALIZER]],
      ["default", NAMES.v2, [FINALIZER]],
    ]);
  });

  it("creates no more objects than the Repository may have, the newest of a package first, and names the others", async () => {
    const revisions = Array.from({ length: 30 }, (_, at) => publishedRef("dns", `v${at + 1}`));
    const none = () => {};
    const { created, all } = start([...revisions, DRAFT], [objectCalled(NAMES.v1, { spec: idOf("v1") })], none, 4);
    const { groups, beyondLimit } = await all();
    expect(created.map(({ metadata }) => metadata.name)).toEqual([
      NAMES.draft,
      "catalog.blue.dns.v29",
      "catalog.blue.dns.v30",
    ]);
    expect(groups).toMatchObject([{ reason: "TooManyRevisions", count: 27 }]);
    expect(beyondLimit).toEqual({ count: 27, limit: 4 });
    expect(groups[0]?.first).toHaveLength(20);
    expect(groups[0]?.first[0]).toEqual({
      ref: "refs/tags/dns/v28",
      reason: "TooManyRevisions",
      message: expect.stringContaining("the 4 package revisions that it may have in the cluster: delete old ones"),
    });
  });

  it("deletes no object that is beyond the limit, and creates none", async () => {
    const objects = [objectCalled(NAMES.v1, { spec: idOf("v1") }), objectCalled(NAMES.v2, { spec: idOf("v2") })];
    const { created, all } = start([V1, V2, DRAFT], objects, () => {}, 1);
    expect((await all()).beyondLimit.count).toBe(1);
    expect(created).toEqual([]);
  });

  it("labels the latest revision, and no other", async () => {
    const { created, run } = start([V1, V2, DRAFT]);
    await run();
    const labelled = created.filter(({ metadata }) => metadata.labels?.[LABEL_LATEST] === "true");
    expect(labelled.map(({ metadata }) => metadata.name)).toEqual([NAMES.v2]);
  });

  it("creates no second object for a tag that is shown under the name of its workspace", async () => {
    const shown = objectCalled(NAMES.draft, { status: { lifecycle: "published", revision: "v1" } });
    const { created, run } = start([V1, V2], [shown]);
    await run();
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v2]);
  });

  it("creates the object of a tag while a proposal only waits to be published as it", async () => {
    const waiting = objectCalled(NAMES.draft, { status: { lifecycle: "proposed", revision: "v1" } });
    const { created, run } = start([V1], [waiting]);
    await run();
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v1]);
  });

  it("gives a tag that names the workspace of an open draft an object of its own", async () => {
    const forged = publishedRef("dns", "v3", { workspace: "one", commit: oid(7) });
    const alices = objectCalled(NAMES.draft, { spec: idOf("one"), status: { lifecycle: "draft", commit: oid(1) } });
    const { created, run } = start([DRAFT, forged], [alices]);
    expect(await run()).toEqual([]);
    expect(created.map(({ metadata, spec }) => [metadata.name, spec.packageRevID])).toEqual([
      ["catalog.blue.dns.v3", { ...idOf("v3").packageRevID, target: "catalog", revision: "v3" }],
    ]);
  });

  it("reports a package revision whose name another one's object has, and does not take that for its own", async () => {
    const odd = draftBranch("a.b", "ws");
    const name = objectName("blue", odd.location, "ws");
    const folded = name.split(".")[2] ?? "";
    const other = objectCalled(name, { spec: idOf("ws", folded), status: { lifecycle: "draft" } });
    const { created, run } = start([odd, draftBranch(folded, "ws", { commit: oid(2) })], [other]);
    expect(await run()).toEqual([
      { ref: "refs/heads/a.b/ws", reason: "NameConflict", message: expect.stringContaining(name) },
    ]);
    expect(created).toEqual([]);
  });

  it("creates one object for two refs that are folded to one name, and reports the other ref", async () => {
    const odd = draftBranch("a.b", "ws");
    const folded = objectName("blue", odd.location, "ws").split(".")[2] ?? "";
    const { created, run } = start([draftBranch(folded, "ws"), odd]);
    expect(await run()).toEqual([expect.objectContaining({ ref: "refs/heads/a.b/ws", reason: "NameConflict" })]);
    expect(created.map(({ spec }) => spec.packageRevID.package)).toEqual([folded]);
  });

  it("reports a branch that is named like a revision of its package", async () => {
    const { created, run } = start([V1, draftBranch("dns", "v1")]);
    expect(await run()).toEqual([expect.objectContaining({ ref: "refs/heads/dns/v1", reason: "NameConflict" })]);
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v1]);
  });

  it("takes an object that exists by now for created", async () => {
    const { run } = start([V1], [], () => {
      throw apiError(409, "AlreadyExists");
    });
    await expect(run()).resolves.toEqual([]);
  });

  it("leaves recorded metadata out if the API server rejects it", async () => {
    const refuseLabels = ({ metadata }: PackageRevision) => {
      if (metadata.labels?.tier !== undefined) throw apiError(422, "Invalid");
    };
    const { created, run } = start([DRAFT], [], refuseLabels);
    await run();
    expect(created.map(({ metadata }) => metadata.labels)).toEqual([{}]);
  });

  it.each([
    ["nothing is recorded that could be left out", V1, apiError(422, "Invalid")],
    ["the request is refused for another reason", DRAFT, apiError(403, "Forbidden")],
  ])("reports what is refused without another attempt if %s", async (_, found, error) => {
    let attempts = 0;
    const { groups, refusal } = await start([found], [], () => {
      attempts += 1;
      throw error;
    }).all();
    const first = [{ ref: found.ref, reason: "APIRequestRefused", message: error.message }];
    expect(groups).toEqual([{ reason: "APIRequestRefused", count: 1, first }]);
    expect(refusal).toBe(error);
    expect(attempts).toBe(1);
  });

  it("creates the others of one that the API server refuses", async () => {
    const { created, run } = start([DRAFT, V1], [], ({ metadata }) => {
      if (metadata.name === NAMES.draft) throw apiError(403, "Forbidden");
    });
    expect((await run()).map(({ ref }) => ref)).toEqual([DRAFT.ref]);
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v1]);
  });

  it("fails with any other error", async () => {
    const error = apiError(500, "InternalError");
    const { run } = start([V1], [], () => {
      throw error;
    });
    await expect(run()).rejects.toBe(error);
  });

  it("creates nothing after the reconcile was aborted", async () => {
    const { created, run, stop } = start([V1]);
    stop();
    await expect(run()).rejects.toThrow("stopped");
    expect(created).toEqual([]);
  });
});
