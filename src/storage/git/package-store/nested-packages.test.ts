import { describe, expect } from "vitest";
import type { PackageRevID } from "../../../api/v1alpha1/package-identity.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import type { BeginRequest, PreparedWrite } from "../../../core/ports/package-store.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { openStore, REVISION } from "../testing/open-store.ts";

const trailers = trailersOf("dns", "one");
const bytes = new TextEncoder().encode("mine");

function beginWith(files: BeginRequest["files"], workspace = "one"): PreparedWrite<BeginRequest, string> {
  const request = { workspace, files, subject: "Start dns", trailers: { ...trailers, workspace }, author: OPERATOR };
  return { kind: "write", request, value: "begun" };
}

function draftIn({ found }: RevisionView) {
  if (found?.kind !== "draft") throw new Error(`a draft expected: ${found?.kind}`);
  return found;
}

const revisionOf = (workspace: string) =>
  aRevision({ spec: { packageRevID: { repository: "blue", package: "dns", workspace } } });

type Store = Awaited<ReturnType<typeof openStore>>["store"];

/** Publishes dns v1 from the workspace `one`, with a package `dns/sub` below it, which is no part of it. */
async function publishAbove(store: Store, workspace = "one", revision = "v1") {
  const object = revisionOf(workspace);
  await store.begin(object, () => beginWith([{ path: "f", mode: "100644", oid: "", bytes }], workspace));
  const published = { ...trailers, workspace, lifecycle: "published", revision } as const;
  await store.publish(object, (view) => {
    const request = { draft: draftIn(view), revision, tagOnly: false, trailers: published, approver: OPERATOR };
    return { kind: "write", request, value: 0 };
  });
}

/** The package below is deleted: its tag, and its folder on main. */
async function deleteBelow(repository: Parameters<typeof openStore>[0]) {
  const main = await repository.git("rev-parse", MAIN);
  await repository.git("update-ref", "-d", "refs/tags/dns/sub/v1");
  await repository.git("update-index", "--force-remove", "x").catch(() => "");
  await repository.git("read-tree", main);
  await repository.git("rm", "-q", "--cached", "-r", "dns/sub").catch(async () => {
    await repository.git("update-index", "--force-remove", "dns/sub/f");
  });
  const tree = await repository.git("write-tree");
  const commit = await repository.git("commit-tree", tree, "-m", "delete dns/sub", "-p", main);
  await repository.git("update-ref", MAIN, commit);
}

describe("packages below a published one that are gone", () => {
  it("a draft from a revision has the files that were shown of it, though the package below is gone", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "dns/sub/f", "below");
    await repository.git("tag", "dns/sub/v1", MAIN);
    const { store } = await openStore(repository);
    await publishAbove(store);
    await deleteBelow(repository);
    await store.fetch();
    const v1 = store.latest("dns");
    if (v1 === undefined) throw new Error("published");
    const shown = await store.readTree(await store.observe(REVISION), v1.tree);
    expect(shown.files.map(({ path }) => path)).toEqual(["f"]);
    const files = await store.readForClone("dns", v1);
    expect(files.map(({ path }) => path)).toEqual(["f"]);
    const two = revisionOf("two");
    await store.begin(two, () => beginWith(v1, "two"));
    const view = await store.observe(two);
    const draft = await store.readTree(view, draftIn(view).tree);
    expect(draft.files.map(({ path }) => path)).toEqual(["f"]);
  });

  it("the deletion of a revision brings no deleted package below back to main", async ({ repository }) => {
    await repository.commitFile(MAIN, "dns/sub/f", "below");
    await repository.git("tag", "dns/sub/v1", MAIN);
    const { store } = await openStore(repository);
    await publishAbove(store);
    await publishAbove(store, "two", "v2");
    const remove = async (packageRevID: PackageRevID, revision: string) => {
      const status = { lifecycle: "deletionProposed", revision } as const;
      const object = aRevision({ spec: { packageRevID }, status, deleted: true });
      await store.delete(object, ({ found }) => {
        if (found?.kind !== "published") throw new Error("published");
        const request = { kind: "published", published: found, tagOnly: false, author: OPERATOR } as const;
        return { kind: "write", request, value: 0 };
      });
      await store.fetch();
      return (await repository.git("ls-tree", "-r", "--name-only", MAIN)).split("\n");
    };
    const sub = { repository: "blue", realm: "dns", package: "sub", workspace: "v1", revision: "v1" };
    expect(await remove(sub, "v1")).toEqual(["dns/f"]);
    expect(await remove({ repository: "blue", package: "dns", workspace: "two" }, "v2")).toEqual(["dns/f"]);
  });
});
