import { describe, expect } from "vitest";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, change, draft, it, reasonsOf, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, commitOf, putText } from "../testing/repositories.ts";

describe("PushQueue.submit", () => {
  it("publishes with one push: a commit on main, a tag, the draft's deletion; the mirror has the same refs", async ({
    remote,
  }) => {
    const head = await remote.commitFile("refs/heads/pkg/w1", "pkg", "1");
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror, now: () => new Date("2030-01-02T03:04:05Z") });
    const result = await queue.submit(
      requestOf({
        steps: [
          {
            kind: "commit",
            ref: MAIN,
            commit: { ...commitOf(putText("pkg/file", "x")), message: "publish\n\nBy: ann\n" },
          },
          { kind: "tag", ref: "refs/tags/pkg/v1", target: head, tagger: ann, message: "pkg v1\n" },
          { kind: "delete", ref: "refs/heads/pkg/w1" },
        ],
        claims: ["pkg"],
      }),
    );
    expect(await remote.countPushes()).toBe(1);
    expect(await remote.git("log", "-1", "--format=%an %ae %cn %aI %cI %B", MAIN)).toBe(
      "Ann ann@example.com pkgserver 2030-01-02T03:04:05+00:00 2030-01-02T03:04:05+00:00 publish\n\nBy: ann",
    );
    expect(await remote.git("for-each-ref", "--format=%(refname) %(objecttype) %(*objectname) %(taggername)")).toBe(
      `refs/heads/main commit  \nrefs/tags/pkg/v1 tag ${head} Ann`,
    );
    const refs = await remote.git("for-each-ref", "--format=%(refname) %(objectname)");
    expect(result.refs?.get("refs/heads/pkg/w1")).toBeNull();
    expect(refs).toBe(
      ["refs/heads/main", "refs/tags/pkg/v1"].map((ref) => `${ref} ${result.refs?.get(ref)}`).join("\n"),
    );
    expect(
      [...mirror.refs().values()]
        .map(({ name, oid }) => `${name} ${oid}`)
        .sort()
        .join("\n"),
    ).toBe(refs);
    expect(mirror.refs().get("refs/tags/pkg/v1")).toMatchObject({ type: "tag", commit: head });
    expect(await mirror.fetch()).toEqual([]);
    expect(String(await mirror.repository.runLocal(["for-each-ref", "--format=%(refname) %(objectname)"])).trim()).toBe(
      refs,
    );
  });

  it("replaces a folder of branches by a branch, also if the mirror is reopened in between", async ({ remote }) => {
    await remote.git("update-ref", "refs/heads/a/b", MAIN);
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    await queue.submit(requestOf(change({ kind: "delete", ref: "refs/heads/a/b" })));
    await queue.submit(requestOf(change(draft("refs/heads/a", putText("x", "1")))));
    await queue.submit(requestOf(change(draft("refs/heads/passing", putText("x", "1")))));
    await queue.submit(requestOf(change({ kind: "delete", ref: "refs/heads/passing" })));
    const reopened = await remote.openMirror();
    await reopened.fetch();
    expect([...reopened.refs()].sort()).toEqual([...mirror.refs()].sort());

    const foreign = await remote.commitFile("refs/heads/b", "x", "2");
    expect((await mirror.fetch()).map(({ ref, after }) => [ref, after?.oid])).toEqual([["refs/heads/b", foreign]]);
    const onDisk = await mirror.repository.runLocal(["for-each-ref", "--format=%(refname)"]);
    expect(String(onDisk).trim().split("\n")).toEqual([...mirror.refs().keys()].sort());
  });

  it("never moves an existing tag", async ({ remote }) => {
    await remote.git("tag", "a/v1", MAIN);
    const queue = await remote.openQueue();
    const head = await remote.git("rev-parse", MAIN);
    const tag = (ref: string) => change({ kind: "tag", ref, target: head, tagger: ann, message: "x\n" });
    await expect(queue.submit(requestOf(tag("refs/tags/a/v1")))).rejects.toMatchObject({ reason: "RefConflict" });
    await remote.git("tag", "a/v2", MAIN);
    await expect(queue.submit(requestOf(tag("refs/tags/a/v2")))).rejects.toMatchObject({ reason: "RefConflict" });
    expect(await remote.git("cat-file", "-t", "refs/tags/a/v2")).toBe("commit");
  });

  it("settles plans that abort or throw without a push", async ({ remote }) => {
    const queue = await remote.openQueue();
    const thrown = new Error("no");
    const [aborted, failed, empty] = await Promise.allSettled([
      queue.submit({ name: "abort", plan: async () => ({ kind: "abort", value: 7 }) }),
      queue.submit({ name: "throw", plan: () => Promise.reject(thrown) }),
      queue.submit(requestOf(change())),
    ]);
    expect(aborted).toEqual({ status: "fulfilled", value: { value: 7 } });
    expect(failed).toEqual({ status: "rejected", reason: thrown });
    expect(empty).toEqual({ status: "fulfilled", value: { value: "done", refs: new Map() } });
    expect(await remote.countPushes()).toBe(0);
  });

  it("treats the deletion of an absent branch as done", async ({ remote }) => {
    const queue = await remote.openQueue();
    const { refs } = await queue.submit(requestOf(change({ kind: "delete", ref: "refs/heads/gone" })));
    expect(refs).toEqual(new Map([["refs/heads/gone", null]]));
  });
});

describe("PushQueue.fetch", () => {
  it("is shared by concurrent callers, and reports the changes once", async ({ remote }) => {
    const found: string[] = [];
    const queue = await remote.openQueue({
      onChanges: (changes) => found.push(...changes.map(({ ref }) => ref)),
    });
    await remote.commitFile("refs/heads/theirs", "x", "1");
    const [one, two] = await Promise.all([queue.fetch(), queue.fetch()]);
    expect(one).toBe(two);
    expect(found).toEqual(["refs/heads/theirs"]);
  });
});

describe("PushQueue.close", () => {
  it("rejects waiting and later requests with Closed", async ({ remote }) => {
    const queue = await remote.openQueue();
    const waiting = submitAll(queue, [addTo("a"), addTo("b")]);
    await queue.close();
    expect(reasonsOf(await waiting)).toEqual(["Closed", "Closed"]);
    await expect(queue.fetch()).rejects.toMatchObject({ reason: "Closed" });
  });
});
