import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ownerOf } from "../../core/sharding/membership.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { ShardOwnership } from "./ownership.ts";

const members = (...ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 1]));
const alone = { epoch: 1, members: members("a"), draining: [] };

function ownershipOf(id: string, ...repositories: readonly Repository[]): ShardOwnership {
  const byKey = new Map(repositories.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
  return new ShardOwnership(id, { get: (key: string) => byKey.get(key) } as unknown as Lister<Repository>, fail);
}

function fail(error: unknown): void {
  throw error;
}

/** A repository that `owner` owns while a and b share the work. */
function repositoryOwnedBy(owner: string, prefix = "r"): Repository {
  for (let index = 0; ; index++) {
    const url = `https://git.example.com/${prefix}-${index}`;
    if (ownerOf(["a", "b"], url) === owner) return aRepository({ git: { url } }, { name: `${prefix}-${index}` });
  }
}

/** Work that ends when the returned function is called. */
function pendingWork() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

/** True if the promise resolves without further events. */
async function isResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await setImmediate();
  return resolved;
}

describe("ShardOwnership", () => {
  it("owns nothing before this replica is a member, and does no work", async () => {
    const ownership = ownershipOf("a");
    expect(ownership.ownsRepository(aRepository())).toBe(false);
    expect(await ownership.forRepository(aRepository(), async () => "done")).toBeUndefined();
  });

  it("owns nothing while replicas that were here before may still work on it", () => {
    const ownership = ownershipOf("a");
    ownership.follow({ epoch: 2, members: members("b", "a"), draining: ["b"] });
    expect(ownership.ownsRepository(repositoryOwnedBy("a"))).toBe(false);
    ownership.follow({ epoch: 2, members: members("b", "a"), draining: [] });
    expect(ownership.ownsRepository(repositoryOwnedBy("a"))).toBe(true);
    expect(ownership.ownsRepository(repositoryOwnedBy("b"))).toBe(false);
  });

  it("does work for its own shards, and none for those of others", async () => {
    const ownership = ownershipOf("a");
    ownership.follow({ epoch: 1, members: members("a", "b"), draining: [] });
    expect(await ownership.forRepository(repositoryOwnedBy("a"), async () => "done")).toBe("done");
    expect(await ownership.forRepository(repositoryOwnedBy("b"), async () => "done")).toBeUndefined();
  });

  it("owns all Repositories of one remote together, in every spelling of its URL, and their package revisions", () => {
    const one = repositoryOwnedBy("a");
    const url = one.spec.git?.url ?? "";
    const spellings = [url, `${url}.git`, url.replace("git.example.com", "GIT.example.com:443")];
    for (const id of ["a", "b"]) {
      const repositories = spellings.map((spelling, index) =>
        aRepository({ git: { url: spelling } }, { name: `s${index}` }),
      );
      const ownership = ownershipOf(id, ...repositories);
      ownership.follow({ epoch: 1, members: members("a", "b"), draining: [] });
      expect(repositories.map((each) => ownership.ownsRepository(each))).toEqual(spellings.map(() => id === "a"));
      const revision = aRevision({ spec: { packageRevID: { repository: "s1", package: "dns", workspace: "one" } } });
      expect(ownership.ownsRevision(revision)).toBe(id === "a");
    }
  });

  it("has exactly one owner for package revisions without a Repository, and for an invalid URL", () => {
    const replicas = ["a", "b"].map((id) => ownershipOf(id));
    for (const one of replicas) one.follow({ epoch: 1, members: members("a", "b"), draining: [] });
    const invalid = aRepository({ git: { url: "nonsense" } });
    expect(replicas.filter((one) => one.ownsRepository(invalid))).toHaveLength(1);
    expect(replicas.filter((one) => one.ownsRevision(aRevision({})))).toHaveLength(1);
  });
});

describe("ShardOwnership.settled", () => {
  it("resolves at once while work on its own shards is in progress", async () => {
    const ownership = ownershipOf("a");
    ownership.follow(alone);
    const { work, end } = pendingWork();
    const done = ownership.forRepository(aRepository(), work);
    expect(await isResolved(ownership.settled())).toBe(true);
    end();
    await done;
  });

  it("waits for all work on a shard that another replica owns by now", async () => {
    const ownership = ownershipOf("a");
    ownership.follow(alone);
    const lost = repositoryOwnedBy("b");
    const other = repositoryOwnedBy("b", "other");
    const [first, second, third] = [pendingWork(), pendingWork(), pendingWork()];
    const done = [
      ownership.forRepository(lost, first.work),
      ownership.forRepository(lost, second.work),
      ownership.forRepository(other, third.work),
    ];
    ownership.follow({ epoch: 2, members: members("a", "b"), draining: ["a"] });
    const settled = ownership.settled();
    for (const { end } of [first, third]) {
      end();
      expect(await isResolved(settled)).toBe(false);
    }
    second.end();
    await settled;
    await Promise.all(done);
  });

  it("counts work that fails as ended", async () => {
    const ownership = ownershipOf("a");
    ownership.follow(alone);
    const { promise, reject } = Promise.withResolvers<void>();
    const done = ownership.forRepository(repositoryOwnedBy("b"), () => promise);
    ownership.follow({ epoch: 2, members: members("a", "b"), draining: ["a"] });
    const settled = ownership.settled();
    reject(new Error("failed"));
    await expect(done).rejects.toThrow("failed");
    await settled;
  });
});

describe("ShardOwnership.follow", () => {
  it("reports when shards may have moved, and not for other replicas' reports", () => {
    const ownership = ownershipOf("a");
    const joined = { epoch: 2, members: members("a", "b"), draining: ["a"] };
    expect(ownership.follow(alone)).toBe(true);
    expect(ownership.follow({ ...alone, members: { a: 2 } })).toBe(false);
    expect(ownership.follow(joined)).toBe(true);
    expect(ownership.follow({ ...joined, draining: [] })).toBe(false);
    expect(ownership.follow({ ...alone, epoch: 3 })).toBe(true);
  });

  it("reports a replica that left and returned, for which others wait until this one has settled", () => {
    const ownership = ownershipOf("a");
    const together = { epoch: 2, members: members("a", "b"), draining: [] };
    ownership.follow(together);
    expect(ownership.follow({ ...together, epoch: 4, draining: ["a"] })).toBe(true);
  });

  it("reports that this replica may start", () => {
    const ownership = ownershipOf("b");
    const joined = { epoch: 2, members: members("a", "b"), draining: ["a"] };
    ownership.follow(joined);
    expect(ownership.follow({ ...joined, draining: [] })).toBe(true);
  });
});
