import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { GitError } from "../errors.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { BRANCH } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { newKeyring, testSigning } from "../testing/signing.ts";
import { MAX_ABSORBED, MAX_COMMITS, readDraftRecord } from "./draft-record.ts";

const OWN = "default/blue";
const TRUSTED = new Set([OWN]);

const OURS = { repository: OWN, path: "dns", workspace: "one", lifecycle: "draft", metadata: {} } as const;

/** A message as the operator writes it; `team`: a label in the recorded metadata. */
function messageBy(editors: readonly string[], workspace = "one", repository = OWN, team?: string): string {
  const metadata = team === undefined ? {} : { labels: { team } };
  return renderCommitMessage("Edit dns", { repository, path: "dns", workspace, lifecycle: "draft", editors, metadata });
}

const it = base.extend("commits", async ({ repository }) => {
  await repository.commitFile(MAIN, "README.md", "all");
  const mirror = await repository.openMirror();
  const root = await repository.git("rev-parse", MAIN);
  const tree = await repository.git("rev-parse", `${MAIN}^{tree}`);
  /** A commit of the operator, or one that only claims to be. */
  const commit = async (message: string, parents: readonly string[], signing?: typeof testSigning) => {
    const made = await repository.git("commit-tree", tree, "-m", message, ...parents.flatMap((one) => ["-p", one]));
    return signing === undefined ? made : await signObject(repository, "commit", made, signing);
  };
  const record = async (head: string, main = root) => {
    await repository.git("update-ref", BRANCH, head);
    await repository.git("update-ref", MAIN, main);
    await mirror.fetch();
    return await readDraftRecord(mirror, main, BRANCH, head, TRUSTED);
  };
  /** A commit of 5 MiB, as anybody may push. */
  const large = async (parents: readonly string[]) => {
    const lines = [`tree ${tree}`, ...parents.map((one) => `parent ${one}`)];
    const by = "x <x@example.com> 1767225600 +0000";
    const file = join(repository.folder, "large");
    const head = [...lines, `author ${by}`, `committer ${by}`].join("\n");
    await writeFile(file, `${head}\n\n${"m".repeat(5 * 1024 * 1024)}\n`);
    return await repository.git("hash-object", "-t", "commit", "-w", file);
  };
  /** Commits without parents, of one git process. */
  const roots = async (count: number) => {
    const marks = join(repository.folder, "marks");
    const stream = Array.from({ length: count }, (_, at) => {
      const message = `unrelated ${at}`;
      const head = `reset refs/roots/${at}\ncommit refs/roots/${at}\nmark :${at + 1}\n`;
      return `${head}committer x <x@example.com> 1767225600 +0000\ndata ${message.length}\n${message}\n`;
    });
    const imported = promisify(execFile)("git", ["fast-import", "--quiet", `--export-marks=${marks}`], {
      cwd: repository.bare,
      env: { PATH: process.env.PATH },
    });
    imported.child.stdin?.end(stream.join(""));
    await imported;
    return (await readFile(marks, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(line.indexOf(" ") + 1));
  };
  return { commit, large, record, roots, mirror, root };
});

describe("readDraftRecord", () => {
  it("names the editors of all our commits, in order", async ({ commits: { commit, record, root } }) => {
    const first = await commit(messageBy(["ann"]), [root], testSigning);
    const second = await commit(messageBy(["ann", "bea"]), [first], testSigning);
    expect(await record(second)).toEqual({ isBegunHere: true, recorded: { metadata: {}, editors: ["ann", "bea"] } });
    expect(await record(first)).toEqual({ isBegunHere: true, recorded: { metadata: {}, editors: ["ann"] } });
  });

  it("finds them below commits, merges and huge commits of others, whatever these claim", async ({ commits }) => {
    const { commit, large, record, root } = commits;
    const ours = await commit(messageBy(["ann"]), [root], testSigning);
    const claimed = await commit(messageBy(["eve"]), [ours]);
    const foreign = await commit(messageBy(["eve"]), [claimed], newKeyring());
    const merge = await commit("merge", [root, foreign]);
    expect(await record(await large([merge]))).toEqual({
      isBegunHere: true,
      recorded: { metadata: {}, editors: ["ann"], claimed: ["eve"] },
    });
  });

  it("has the metadata that was recorded last for a trusted Repository on this very branch", async ({ commits }) => {
    const { commit, record, root } = commits;
    const first = await commit(messageBy([], "one", OWN, "web"), [root], testSigning);
    const own = await commit(messageBy([], "one", OWN, "store"), [first], testSigning);
    expect((await record(own)).recorded.metadata).toEqual({ labels: { team: "store" } });
    const elsewhere = await commit(messageBy([], "one", "eve/blue", "eve"), [own], testSigning);
    const renamed = await commit(messageBy([], "two", OWN, "two"), [elsewhere], testSigning);
    const foreign = await commit(messageBy([], "one", OWN, "forged"), [renamed], newKeyring());
    expect((await record(foreign)).recorded.metadata).toEqual({ labels: { team: "store" } });
  });

  it("finds them behind the 17th parent of a huge commit", async ({ commits }) => {
    const { commit, large, record, roots, root } = commits;
    const ours = await commit(messageBy(["ann"]), [root], testSigning);
    expect(await record(await large([...(await roots(16)), ours]))).toEqual({
      isBegunHere: true,
      recorded: { editors: ["ann"], metadata: {} },
    });
  });

  it("names who edited the commits of another workspace, which do not make it a draft", async ({ commits }) => {
    const { commit, record, root } = commits;
    const other = await commit(messageBy(["cid"], "two"), [root], testSigning);
    expect(await record(other)).toEqual({ isBegunHere: false, recorded: { editors: ["cid"] } });
    const ours = await commit(messageBy(["ann"]), [other], testSigning);
    expect((await record(ours)).recorded.editors).toEqual(["cid", "ann"]);
  });

  it("names who edited a publication of another repository, which does not make it a draft", async ({ commits }) => {
    const { commit, record, root } = commits;
    const published = {
      path: "dns",
      workspace: "one",
      lifecycle: "published",
      editors: ["cid"],
      metadata: {},
    } as const;
    const head = await commit(renderCommitMessage("Publish dns v1", published), [root], testSigning);
    expect(await record(head)).toEqual({ isBegunHere: false, recorded: { editors: ["cid"] } });
  });

  it("names nobody where no commit beyond main is ours", async ({ commits: { commit, record, root } }) => {
    const nobody = { isBegunHere: false, recorded: {} };
    const claimed = { ...nobody, recorded: { claimed: ["ann"] } };
    expect(await record(await commit(messageBy(["ann"]), [root]))).toEqual(claimed);
    expect(await record(root)).toEqual(nobody);
  });

  it("is the same after others have merged the branch into main", async ({ commits }) => {
    const { commit, record, root } = commits;
    const begun = (editors: readonly string[], base = root) =>
      renderCommitMessage("Edit dns", { ...OURS, editors, metadata: { base: { commit: base } } });
    const earlier = await commit(messageBy(["zoe"], "two"), [root], testSigning);
    const first = await commit(begun(["ann"], earlier), [earlier], testSigning);
    const second = await commit(begun(["ann", "bea"], earlier), [first], testSigning);
    const head = await commit(messageBy(["eve"]), [second]);
    const before = await record(head, earlier);
    expect(before).toMatchObject({ isBegunHere: true, recorded: { editors: ["ann", "bea"], claimed: ["eve"] } });
    expect(await record(head, await commit("merge", [earlier, head]))).toEqual(before);
    expect(await record(head, head)).toEqual(before);
    // Of a draft that was begun in an empty repository everything is its own.
    const alone = await commit(renderCommitMessage("Edit dns", { ...OURS, editors: ["ann"] }), [], testSigning);
    const pushed = await commit("nothing", [alone]);
    expect(await record(pushed, pushed)).toMatchObject({ isBegunHere: true, recorded: { editors: ["ann"] } });
  });

  it("is nobody's in a branch that main has, where the operator made no commit on it", async ({ commits }) => {
    const { commit, record, root } = commits;
    const other = await commit(messageBy(["cid"], "two"), [root], testSigning);
    const head = await commit(messageBy(["eve"]), [other]);
    expect(await record(head, head)).toEqual({ isBegunHere: false, recorded: {} });
    let below = await commit(messageBy(["ann"]), [root], testSigning);
    for (let left = MAX_ABSORBED; left > 0; left--) below = await commit(`foreign ${left}`, [below]);
    expect(await record(below, below)).toEqual({ isBegunHere: false, recorded: {} });
  });

  it("is not complete where more commits were pushed than are read", async ({ commits }) => {
    const { commit, record, roots, root } = commits;
    const ours = await commit(messageBy(["ann"]), [root], testSigning);
    const most = await roots(MAX_COMMITS - 2);
    expect((await record(await commit("merge", [...most, ours]))).recorded.editorsUnknown).toBeUndefined();
    const tooMany = [...most, await commit("one more", [])];
    expect((await record(await commit("merge", [...tooMany, ours]))).recorded.editorsUnknown).toBe(true);
  });

  it("is not complete where a commit of ours says so, or git takes too long", async ({ commits }) => {
    const { commit, mirror, record, root } = commits;
    const unknown = { path: "dns", workspace: "one", lifecycle: "draft", editorsUnknown: true, metadata: {} } as const;
    const ours = await commit(renderCommitMessage("Edit dns", unknown), [root], testSigning);
    expect((await record(await commit("nothing", [ours]))).recorded.editorsUnknown).toBe(true);
    const fails = (reason: "Timeout" | "MirrorCorrupt") => ({
      reader: mirror.reader,
      history: { ...mirror.history, commitsBeyond: () => Promise.reject(new GitError(reason, "")) } as never,
    });
    expect((await readDraftRecord(fails("Timeout"), root, BRANCH, root, TRUSTED)).recorded.editorsUnknown).toBe(true);
    await expect(readDraftRecord(fails("MirrorCorrupt"), root, BRANCH, root, TRUSTED)).rejects.toThrow(GitError);
  });
});
