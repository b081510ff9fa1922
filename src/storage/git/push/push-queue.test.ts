import { describe, expect } from "vitest";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, change, draft, it, reasonsOf, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, commitOf, putText } from "../testing/repositories.ts";
import type { RefStep } from "./change.ts";

describe("PushQueue.submit", () => {
  it("publishes with one push: a commit on main, a tag, the deletion of the draft; the mirror has the same refs", async ({
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

  it("keeps bytes, modes and unusual file names", async ({ remote }) => {
    const names = [
      "ünï→.yaml",
      "with space",
      "qu\"ote's\\n",
      "-dash",
      "tab\tcr\r",
      " lead and trail ",
      "a/b/c",
      "#x",
      "日本/x",
      "$HOME",
      "*?[",
    ];
    const bytes = Buffer.from([0, 10, 13, 255, 34, 92, 10]);
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    const edits = names.map((path): TreeEdit => ({ kind: "putFile", path: `p/${path}`, mode: "100755", bytes }));
    const { refs } = await queue.submit(
      requestOf(
        change(
          draft("refs/heads/d", ...edits, {
            kind: "putFile",
            path: "p/empty",
            mode: "100644",
            bytes: new Uint8Array(),
          }),
        ),
      ),
    );
    expect((await remote.filesOf("refs/heads/d")).sort()).toEqual(
      [...names, "empty"].map((name) => `p/${name}`).sort(),
    );
    const tree = await mirror.reader.treeAt(refs?.get("refs/heads/d") ?? "", "p");
    const files = await mirror.reader.files(tree ?? "");
    expect(
      files
        .filter(({ mode }) => mode === "100755")
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...names].sort());
    const contents = await mirror.reader.blobs(files.map(({ oid }) => oid));
    expect(files.every(({ path }, index) => contents[index]?.equals(path === "empty" ? Buffer.alloc(0) : bytes))).toBe(
      true,
    );
  });

  it("applies edits in order: files by id, whole trees, removals, and a commit without edits", async ({ remote }) => {
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    const ref = "refs/heads/d";
    const from = mirror.refs().get(MAIN)?.oid ?? "";
    const blob = await remote.git("rev-parse", `${MAIN}:root`);
    const first = await queue.submit(
      requestOf(
        change({ ...draft(ref, putText("a/x", "1"), putText("a/y", "2"), putText("b/z", "3")), from } as RefStep),
      ),
    );
    const tree = (await mirror.reader.treeAt(first.refs?.get(ref) ?? "", "a")) ?? "";
    const steps = [
      draft(
        ref,
        { kind: "putTree", path: "b", tree },
        { kind: "putObject", path: "b/link", mode: "120000", oid: blob },
        { kind: "remove", path: "a/x" },
        { kind: "remove", path: "a/y" },
        { kind: "remove", path: "absent/file" },
      ),
      draft(ref),
    ];
    const second = await queue.submit(requestOf(change(...steps)));
    expect(await remote.filesOf(ref)).toEqual(["b/link", "b/x", "b/y", "root"]);
    expect(await remote.git("ls-tree", ref, "b/link")).toBe(`120000 blob ${blob}\tb/link`);
    expect(await remote.git("rev-list", "--count", `${from}..${ref}`)).toBe("3");
    expect(await remote.git("rev-parse", ref)).toBe(second.refs?.get(ref));
    expect(await remote.git("rev-parse", `${ref}^{tree}`)).toBe(await remote.git("rev-parse", `${ref}~1^{tree}`));
  });

  it("creates a branch as a root commit, also in an empty repository", async ({ remote }) => {
    await remote.git("update-ref", "-d", MAIN);
    const queue = await remote.openQueue();
    await queue.submit(requestOf(addTo("a")));
    expect(await remote.git("rev-list", "--count", MAIN)).toBe("1");
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

  it.for([
    "../x",
    "/etc/x",
    ".git/config",
    "a/.GIT/x",
    "git~1/x",
    "a//b",
    "a/",
    "",
    "a\0b",
    "a\nb",
    "a/../b",
    "\ud800",
  ])("fails with the path %j, without failing another request", async (path, { remote }) => {
    const queue = await remote.openQueue();
    const results = await submitAll(queue, [
      change(draft("refs/heads/bad", putText(path, "x"))),
      change(draft("refs/heads/good", putText("x", "x"))),
    ]);
    expect(reasonsOf(results)).toEqual(["InvalidChange", "done"]);
  });

  it.for([
    "refs/heads/a b",
    "refs/heads/-x\nreset refs/heads/main",
    "refs/heads/a..b",
    "refs/heads/a.lock",
    "HEAD",
    "refs/heads/",
    "refs/x/y",
  ])("fails with the ref %j", async (ref, { remote }) => {
    const queue = await remote.openQueue();
    await expect(queue.submit(requestOf(change(draft(ref, putText("x", "x")))))).rejects.toMatchObject({
      reason: "InvalidChange",
    });
  });

  it("fails only the requests that name a missing object", async ({ remote }) => {
    const queue = await remote.openQueue();
    const oid = "1".repeat(40);
    const results = await submitAll(queue, [
      addTo("a"),
      addTo("b", "x", [{ kind: "putObject", path: "b/y", mode: "100644", oid }]),
      addTo("c", "x", [{ kind: "putTree", path: "c/y", tree: oid }]),
      change({ kind: "tag", ref: "refs/tags/t", target: oid, tagger: ann, message: "x" }),
      change({ ...draft("refs/heads/d", putText("x", "x")), from: oid } as RefStep),
      addTo("e"),
    ]);
    expect(reasonsOf(results)).toEqual([
      "done",
      "InvalidChange",
      "InvalidChange",
      "InvalidChange",
      "InvalidChange",
      "done",
    ]);
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
