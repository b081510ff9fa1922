import { describe, expect, it } from "vitest";
import type { ObjectKey, Resource } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import type { Patch } from "../../core/ports/resources-client.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { DONE } from "../../runtime/reconcile.ts";
import type { RepositoryContext } from "./context.ts";
import { finalizeRepository } from "./finalizer.ts";

function repositoryWith(...finalizers: string[]): Repository {
  const repository = aRepository({}, { deleted: true });
  return { ...repository, metadata: { ...repository.metadata, finalizers } };
}

function revisionCalled(name: string, deleted = false): PackageRevision {
  const revision = aRevision({ deleted });
  return { ...revision, metadata: { ...revision.metadata, name } };
}

/** Records writes and what is released; deletions fail with `failure`, if there is one. */
function contextWith(revisions: readonly PackageRevision[], failure?: Error) {
  const writes: object[] = [];
  const client = {
    delete: async ({ plural }: Resource, { namespace, name }: ObjectKey) => {
      if (failure !== undefined) throw failure;
      writes.push({ delete: `${plural} ${namespace}/${name}` });
    },
    patch: async ({ plural }: Resource, { namespace, name }: ObjectKey, { body }: Patch) =>
      void writes.push({ patch: `${plural} ${namespace}/${name}`, body }),
  };
  const byIndex = (_: string, key: string) => (key === "default/blue" ? revisions : []);
  const context = { client, revisions: { byIndex } } as unknown as RepositoryContext;
  const release = async () => void writes.push({ release: "default/blue" });
  return { writes, finalize: async (one: Repository) => await finalizeRepository(context, one, release) };
}

describe("finalizeRepository", () => {
  it("deletes every package revision, and keeps its finalizer until the last one has gone", async () => {
    const { writes, finalize } = contextWith([revisionCalled("one"), revisionCalled("two")]);
    expect(await finalize(repositoryWith(FINALIZER))).toEqual({ requeueAfterMs: 500 });
    expect(writes).toEqual([{ delete: "packagerevisions default/one" }, { delete: "packagerevisions default/two" }]);
  });

  it("waits for package revisions whose deletion is in progress, without deleting them again", async () => {
    const { writes, finalize } = contextWith([revisionCalled("one", true)]);
    expect(await finalize(repositoryWith(FINALIZER))).toEqual({ requeueAfterMs: 500 });
    expect(writes).toEqual([]);
  });

  it("takes a package revision that is gone for deleted", async () => {
    const gone = new ApiError({ code: 404, reason: "NotFound", message: "not found" });
    const { finalize } = contextWith([revisionCalled("one")], gone);
    expect(await finalize(repositoryWith(FINALIZER))).toEqual({ requeueAfterMs: 500 });
  });

  it("fails where a package revision cannot be deleted", async () => {
    const forbidden = new ApiError({ code: 403, reason: "Forbidden", message: "no" });
    const { writes, finalize } = contextWith([revisionCalled("one")], forbidden);
    await expect(finalize(repositoryWith(FINALIZER))).rejects.toBe(forbidden);
    expect(writes).toEqual([]);
  });

  it("removes its own finalizer alone once no package revision is left", async () => {
    const { writes, finalize } = contextWith([]);
    expect(await finalize(repositoryWith("example.com/other", FINALIZER))).toEqual(DONE);
    expect(writes).toEqual([
      { release: "default/blue" },
      { patch: "repositories default/blue", body: { metadata: { finalizers: ["example.com/other"] } } },
    ]);
  });

  it("does nothing to a Repository that another finalizer holds back", async () => {
    const { writes, finalize } = contextWith([revisionCalled("one")]);
    expect(await finalize(repositoryWith("example.com/other"))).toEqual(DONE);
    expect(writes).toEqual([]);
  });
});
