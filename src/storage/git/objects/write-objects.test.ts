import { describe, expect } from "vitest";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { RefStep } from "../push/change.ts";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, change, draft, it, reasonsOf, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, putText } from "../testing/repositories.ts";

describe("writeObjects", () => {
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
  ])("refuses the path %j without failing another request", async (path, { remote }) => {
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
  ])("refuses the ref %j", async (ref, { remote }) => {
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
});
