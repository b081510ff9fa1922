import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { OPERATOR } from "../../../core/identity/person.ts";
import type { BeginRequest, PreparedWrite } from "../../../core/ports/package-store.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore, REVISION } from "../testing/open-store.ts";
import { putText } from "../testing/repositories.ts";

const TAG = "refs/tags/dns/v1";
const trailers = trailersOf("dns", "one");
const bytes = new TextEncoder().encode("mine");

function beginWith(): PreparedWrite<BeginRequest, string> {
  const files = [{ path: "f", mode: "100644", oid: "", bytes }] as const;
  const request = { workspace: "one", files, subject: "Start dns", trailers, author: OPERATOR };
  return { kind: "write", request, value: "begun" };
}

function draftIn({ found }: RevisionView) {
  if (found?.kind !== "draft") throw new Error(`a draft expected: ${found?.kind}`);
  return found;
}

describe("GitPackageStore writes", () => {
  it("begins a draft on main, and reports the push", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "README.md", "all");
    const { store, pushed } = await openStore(repository);
    const result = await store.begin(REVISION, beginWith);
    const commit = await repository.git("rev-parse", BRANCH);
    expect(result).toEqual({ kind: "written", commit, value: "begun" });
    expect(await repository.git("rev-parse", `${BRANCH}^`)).toBe(main);
    expect(await repository.git("show", `${BRANCH}:dns/f`)).toBe("mine");
    expect(await repository.git("show", `${BRANCH}:README.md`)).toBe("all");
    expect(await store.describeCommit(commit)).toEqual({
      parent: main,
      metadata: { ...trailers, repository: "default/blue" },
    });
    expect(pushed).toMatchObject([{ operation: "start", object: "default/catalog.blue.dns.one" }]);
    expect(pushed[0]?.refs.get(BRANCH)).toBe(commit);
    expect((await store.observe(REVISION)).found).toMatchObject({ kind: "draft", commit, trailers });
  });

  it("makes main in an empty repository, in a push before that of the first draft", async ({ repository }) => {
    await repository.installHook("post-receive", 'cut -d" " -f3 >> "$GIT_DIR/pushed"; echo >> "$GIT_DIR/pushed"');
    const { store } = await openStore(repository);
    const other = aRevision({ spec: { packageRevID: { ...REVISION.spec.packageRevID, package: "web" } } });
    const begun = await Promise.all([store.begin(REVISION, beginWith), store.begin(other, beginWith)]);
    expect(begun.map(({ kind }) => kind)).toEqual(["written", "written"]);
    const pushes = (await readFile(join(repository.bare, "pushed"), "utf8")).split("\n\n");
    expect(pushes[0]).toBe(MAIN);
    expect(await repository.git("rev-list", "--count", MAIN)).toBe("1");
    expect(await repository.git("rev-parse", `${BRANCH}^`)).toBe(await repository.git("rev-parse", MAIN));
  });

  it("makes no main where it is refused, or where a branch was pushed before", async ({ repository }) => {
    await repository.installHook("update", `[ "$1" != ${MAIN} ]`);
    const { store } = await openStore(repository);
    expect(await store.begin(REVISION, beginWith)).toMatchObject({ kind: "written" });
    await repository.installHook("update", "exit 0");
    const other = aRevision({ spec: { packageRevID: { ...REVISION.spec.packageRevID, package: "web" } } });
    expect(await store.begin(other, beginWith)).toMatchObject({ kind: "written" });
    expect(await repository.git("for-each-ref", "--format=%(refname)")).not.toContain(MAIN);
    await store.startMain(REVISION);
    expect(await repository.git("log", "--format=%s", MAIN)).toBe("Start main");
  });

  it("pushes nothing that prepare aborts, and returns its value", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, pushed } = await openStore(repository);
    const result = await store.begin(REVISION, () => ({ kind: "abort", value: "no longer" }));
    expect(result).toEqual({ kind: "aborted", value: "no longer" });
    expect(pushed).toEqual([]);
    expect(await repository.git("for-each-ref", "--format=%(refname)")).toBe(MAIN);
  });

  it("prepares again on the new state after a lost race", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, pushed } = await openStore(repository);
    await store.begin(REVISION, beginWith);
    const seen: string[] = [];
    let theirs = "";
    const result = await store.commit(REVISION, async (view) => {
      const draft = draftIn(view);
      seen.push(draft.commit);
      if (seen.length === 1) theirs = await repository.commitFile(BRANCH, "dns/g", "theirs");
      const request = { draft, edits: [putText("dns/f", "new")], subject: "Edit", trailers, author: OPERATOR };
      return { kind: "write", request, value: seen.length };
    });
    expect(seen.slice(1)).toEqual([theirs]);
    expect(result).toMatchObject({ kind: "written", value: 2 });
    expect(pushed.map(({ operation }) => operation)).toEqual(["start", "edit"]);
    expect(await repository.git("show", `${BRANCH}:dns/g`)).toBe("theirs");
    expect(await repository.git("show", `${BRANCH}:dns/f`)).toBe("new");
  });

  it("proposes nothing but the package's own files, whatever was pushed to the branch", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    await repository.commitFile(MAIN, "dns/sub/f", "below");
    await repository.git("tag", "dns/sub/v1", MAIN);
    const { store, mirror } = await openStore(repository);
    await store.begin(REVISION, beginWith);
    await repository.commitFile(BRANCH, "README.md", "evil");
    await repository.commitFile(BRANCH, "ci/run", "evil");
    await repository.commitFile(BRANCH, "dns/sub/g", "evil");
    await store.fetch();
    const view = await store.observe(REVISION);
    expect(await store.changesOnlyOwnFiles(view, draftIn(view))).toBe(false);
    await store.propose(REVISION, (now) => {
      const request = { draft: draftIn(now), edits: [putText("dns/g", "new")], subject: "Propose", trailers };
      return { kind: "write", request: { ...request, author: OPERATOR }, value: undefined };
    });
    const files = await repository.git("ls-tree", "-r", "--name-only", BRANCH);
    expect(files.split("\n")).toEqual(["README.md", "dns/f", "dns/g", "dns/sub/f"]);
    expect(await repository.git("show", `${BRANCH}:README.md`)).toBe("all");
    const proposed = await store.observe(REVISION);
    // The operator made it, so that it need not be compared: that would start a git process for each approval.
    mirror.history.mergeBase = () => Promise.reject(new Error("compared again"));
    expect(await store.changesOnlyOwnFiles(proposed, draftIn(proposed))).toBe(true);
    // Unless a package was published below since then, whose files it may have left out.
    await repository.git("tag", "dns/new/v1", await repository.commitFile("refs/heads/other", "dns/new/f", "new"));
    await store.fetch();
    const later = await store.observe(REVISION);
    await expect(store.changesOnlyOwnFiles(later, draftIn(later))).rejects.toThrow("compared again");
  });

  it("knows its own publication by a tag that was moved before status says so, until another reconcile", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store } = await openStore(repository);
    await store.begin(REVISION, beginWith);
    const commit = await repository.git("rev-parse", BRANCH);
    const proposed = aRevision({ status: { lifecycle: "proposed", commit } });
    const called = (uid: string) => ({ ...proposed, metadata: { ...proposed.metadata, uid } });
    const object = called("mine");
    await store.publish(object, (view) => {
      const published = { ...trailers, lifecycle: "published", revision: "v1" } as const;
      const request = { draft: draftIn(view), revision: "v1", tagOnly: false, trailers: published, approver: OPERATOR };
      return { kind: "write", request, value: "approved" };
    });
    const moved = await repository.commitFile(MAIN, "dns/f", "moved");
    await repository.git("tag", "--force", "dns/v1", moved);
    await store.fetch();
    expect(store.identify(object)).toMatchObject({ ref: TAG, commit: moved });
    expect(store.identify(called("another"))).toBeUndefined();
    // Nothing of it is in status, and what the tag has now is not what was approved.
    expect((await store.observe(object)).found).toBeUndefined();
    expect(store.identify(object)).toBeUndefined();
  });

  it("publishes tag, main and the deletion of the branch in one push, then deletes the revision", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, pushed } = await openStore(repository);
    await store.begin(REVISION, beginWith);
    const published = { ...trailers, lifecycle: "published", revision: "v1" } as const;
    const result = await store.publish(REVISION, (view) => {
      const request = { draft: draftIn(view), revision: "v1", tagOnly: false, trailers: published, approver: OPERATOR };
      return { kind: "write", request, value: "approved" };
    });
    expect(result).toEqual({ kind: "written", value: "approved" });
    expect(pushed[1]?.operation).toBe("publish");
    expect([...(pushed[1]?.refs.keys() ?? [])].sort()).toEqual([BRANCH, MAIN, TAG]);
    expect(await repository.git("show", `${MAIN}:dns/f`)).toBe("mine");
    const { found } = await store.observe(REVISION);
    expect(store.latest("dns")).toMatchObject({ revision: "v1", trailers: published });
    expect(found).toMatchObject({ kind: "published", revision: "v1" });
    if (found?.kind !== "published") return;
    const request = { kind: "published", published: found, tagOnly: false, author: OPERATOR } as const;
    expect(await store.delete(REVISION, () => ({ kind: "write", request, value: 0 }))).toEqual({
      kind: "written",
      value: 0,
    });
    expect((await store.observe(REVISION)).next).toBe("v2");
    expect(store.latest("dns")).toBeUndefined();
  });
});

describe("GitPackageStore reads", () => {
  it("misses a commit that users were shown, though status does not have it", async ({ repository }) => {
    const { store } = await openStore(repository);
    await store.begin(REVISION, beginWith);
    const begun = await repository.git("rev-parse", BRANCH);
    const shown = await repository.commitFile(BRANCH, "dns/f", "shown");
    await store.fetch();
    const object = aRevision({ status: { lifecycle: "draft", commit: begun } });
    const lostWith = async (commit?: string) => (await store.observe(object, async () => commit)).branchLost;
    expect([await lostWith(shown), await lostWith(begun), await lostWith()]).toEqual([undefined, undefined, undefined]);
    await repository.git("update-ref", BRANCH, begun);
    await store.fetch();
    expect([await lostWith(shown), await lostWith(begun), await lostWith()]).toEqual([shown, undefined, undefined]);
    await repository.git("update-ref", "-d", BRANCH);
    const other = await repository.commitFile(BRANCH, "dns/f", "other");
    await store.fetch();
    expect([await lostWith(shown), await lostWith(other), await lostWith()]).toEqual([shown, begun, begun]);
  });

  it("leaves packages below out of a package's files", async ({ repository }) => {
    await repository.commitFile(MAIN, "dns/f", "mine");
    const main = await repository.commitFile(MAIN, "dns/sub/f", "below");
    await repository.git("tag", "dns/sub/v1", main);
    const { store } = await openStore(repository);
    const view = await store.observe(REVISION);
    expect(view.nested.map((one) => one.path)).toEqual(["dns/sub"]);
    const { files } = await store.readCommit(view, main);
    expect(files.map((file) => file.path)).toEqual(["f"]);
    const [file] = files;
    expect(new TextDecoder().decode(await store.readBlob(file?.oid ?? ""))).toBe("mine");
  });

  it("takes no commit that is not there for an empty package", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "other/f", "mine");
    const { store } = await openStore(repository);
    const view = await store.observe(REVISION);
    expect((await store.readCommit(view, main)).files).toEqual([]);
    await expect(store.readCommit(view, `${"0".repeat(39)}1`)).rejects.toMatchObject({ reason: "ObjectMissing" });
  });

  it("knows which commits are there", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "f", "mine");
    const { store } = await openStore(repository);
    expect(await store.hasCommit(main)).toBe(true);
    expect(await store.hasCommit("e".repeat(40))).toBe(false);
    expect(await store.describeCommit(main)).toEqual({});
  });

  it("asks the remote before it takes an upstream from main", async ({ repository }) => {
    await repository.commitFile(MAIN, "lib/f", "old");
    const { store } = await openStore(repository);
    const commit = await repository.commitFile(MAIN, "lib/f", "new");
    const tree = await repository.git("rev-parse", `${MAIN}:lib`);
    const upstream = { repository: "blue", package: "lib", revision: "main" };
    expect(await store.findUpstream(upstream)).toEqual({ kind: "found", source: { revision: "main", commit, tree } });
  });
});

describe("GitPackageStore.assertUsable", () => {
  it("accepts an empty remote, and one with nothing but drafts", async ({ repository }) => {
    const { store } = await openStore(repository);
    expect(() => store.assertUsable()).not.toThrow();
    await store.begin(REVISION, beginWith);
    await store.refresh();
    expect(() => store.assertUsable()).not.toThrow();
  });

  it("refuses a remote without main that has other branches, or once had it", async ({ repository }) => {
    await repository.commitFile("refs/heads/trunk", "f", "mine");
    const { store } = await openStore(repository);
    expect(() => store.assertUsable()).toThrow(expect.objectContaining({ reason: "BranchNotFound" }));
    await repository.commitFile(MAIN, "f", "mine");
    await store.fetch();
    expect(() => store.assertUsable()).not.toThrow();
    await repository.git("update-ref", "-d", "refs/heads/trunk");
    await repository.git("update-ref", "-d", MAIN);
    await store.fetch();
    expect(() => store.assertUsable()).toThrow(expect.objectContaining({ reason: "BranchNotFound" }));
  });
});
