import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { BRANCH } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { newKeyring, testSigning } from "../testing/signing.ts";
import { readDraftRecord } from "./draft-record.ts";

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
  const record = async (head: string) => {
    await repository.git("update-ref", BRANCH, head);
    await mirror.fetch();
    return await readDraftRecord(mirror.reader, BRANCH, head);
  };
  return { commit, record, root: await repository.git("rev-parse", MAIN) };
});

describe("readDraftRecord", () => {
  it("reads the newest commit of ours, and not the ones before it", async ({ commits: { commit, record, root } }) => {
    const first = await commit(messageBy(["ann"]), [root], testSigning);
    expect(await record(await commit(messageBy(["ann", "bea"]), [first], testSigning))).toEqual({
      isBegunHere: true,
      editors: ["ann", "bea"],
    });
    expect(await record(first)).toEqual({ isBegunHere: true, editors: ["ann"] });
  });

  it("finds it below commits, merges and huge commits of others, whatever these claim", async ({ commits }) => {
    const { commit, record, root } = commits;
    const ours = await commit(messageBy(["ann"]), [root], testSigning);
    const claimed = await commit(messageBy(["eve"]), [ours]);
    const foreign = await commit(messageBy(["eve"]), [claimed], newKeyring());
    const merge = await commit("merge", [root, foreign]);
    const other = await commit(messageBy(["cid"], "two"), [merge], testSigning);
    expect(await record(other)).toEqual({ isBegunHere: true, editors: ["ann"] });
  });

  it("names nobody where no commit is ours", async ({ commits: { commit, record, root } }) => {
    expect(await record(await commit(messageBy(["ann"]), [root]))).toEqual({ isBegunHere: false, editors: [] });
  });
});
