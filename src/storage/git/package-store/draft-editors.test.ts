import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { BRANCH } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { newKeyring, testSigning } from "../testing/signing.ts";
import { readEditors } from "./draft-editors.ts";

const messageBy = (editors: readonly string[], workspace = "one") =>
  renderCommitMessage("Edit dns", { path: "dns", workspace, lifecycle: "draft", editors, metadata: {} });

const it = base.extend("commits", async ({ repository }) => {
  await repository.commitFile(MAIN, "README.md", "all");
  const mirror = await repository.openMirror();
  const tree = await repository.git("rev-parse", `${MAIN}^{tree}`);
  /** A commit of the operator, or one that only claims to be. */
  const commit = async (message: string, parents: readonly string[], signing?: typeof testSigning) => {
    const made = await repository.git("commit-tree", tree, "-m", message, ...parents.flatMap((one) => ["-p", one]));
    return signing === undefined ? made : await signObject(repository, "commit", made, signing);
  };
  const editors = async (head: string) => {
    await repository.git("update-ref", BRANCH, head);
    await mirror.fetch();
    return await readEditors(mirror.reader, BRANCH, head);
  };
  return { commit, editors, root: await repository.git("rev-parse", MAIN) };
});

describe("readEditors", () => {
  it("reads the newest commit of ours, and not the ones before it", async ({ commits: { commit, editors, root } }) => {
    const first = await commit(messageBy(["ann"]), [root], testSigning);
    expect(await editors(await commit(messageBy(["ann", "bea"]), [first], testSigning))).toEqual(["ann", "bea"]);
    expect(await editors(first)).toEqual(["ann"]);
  });

  it("finds it below commits, merges and huge commits of others, whatever these claim", async ({ commits }) => {
    const { commit, editors, root } = commits;
    const ours = await commit(messageBy(["ann"]), [root], testSigning);
    const claimed = await commit(messageBy(["eve"]), [ours]);
    const foreign = await commit(messageBy(["eve"]), [claimed], newKeyring());
    const merge = await commit("merge", [root, foreign]);
    const other = await commit(messageBy(["cid"], "two"), [merge], testSigning);
    expect(await editors(other)).toEqual(["ann"]);
  });

  it("names nobody where no commit is ours", async ({ commits: { commit, editors, root } }) => {
    expect(await editors(await commit(messageBy(["ann"]), [root]))).toEqual([]);
  });
});
