import { describe, expect } from "vitest";
import { parseCommitMetadata, renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";
import { signObject } from "../testing/sign-object.ts";
import { testSigning } from "../testing/signing.ts";

const PROPOSAL = { path: "dns", workspace: "one", lifecycle: "proposed", repository: "default/blue" } as const;

async function signed(repository: TestRepository, tree: string, team: string, ...parents: string[]) {
  const message = renderCommitMessage("Edit", { ...PROPOSAL, lifecycle: "draft", metadata: { labels: { team } } });
  const flags = parents.flatMap((one) => ["-p", one]);
  return await signObject(
    repository,
    "commit",
    await repository.git("commit-tree", tree, "-m", message, ...flags),
    testSigning,
  );
}

describe("the record of a draft", () => {
  it("what was recorded last counts, whatever times a pusher writes", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const made = await repository.commitFile("refs/heads/made", "dns/Kptfile", "1");
    await repository.git("update-ref", "-d", "refs/heads/made");
    const tree = await repository.git("rev-parse", `${made}^{tree}`);
    const first = await signed(repository, tree, "old", MAIN);
    const second = await signed(repository, tree, "new", first);
    const { execFileSync } = await import("node:child_process");
    const at = (time: string, ...parents: string[]) =>
      execFileSync("git", ["commit-tree", tree, "-m", "x", ...parents.flatMap((one) => ["-p", one])], {
        env: {
          PATH: process.env.PATH,
          GIT_DIR: repository.bare,
          GIT_AUTHOR_NAME: "E",
          GIT_AUTHOR_EMAIL: "e@e",
          GIT_COMMITTER_NAME: "E",
          GIT_COMMITTER_EMAIL: "e@e",
          GIT_AUTHOR_DATE: time,
          GIT_COMMITTER_DATE: time,
        },
      })
        .toString()
        .trim();
    const early = at("1000000000 +0000", second);
    const merge = at("1800000000 +0000", early, first);
    await repository.git("update-ref", BRANCH, merge);
    const { store } = await openStore(repository);
    const found = [...store.revisions()].find((one) => one.ref === BRANCH);
    expect(found?.kind === "draft" && found.metadata?.labels).toEqual({ team: "new" });
  });

  it("an editor with a long name is not forgotten", () => {
    const message = renderCommitMessage("Edit", { ...PROPOSAL, editors: ["x".repeat(1025)], metadata: {} });
    const { editors, editorsUnknown } = parseCommitMetadata(message) ?? {};
    expect(editorsUnknown === true || editors?.length === 1).toBe(true);
  });

  it("a publication's commit on main is no draft record", async ({ repository }) => {
    const made = await repository.commitFile(MAIN, "dns/f", "1");
    const tree = await repository.git("rev-parse", `${made}^{tree}`);
    const message = renderCommitMessage("Publish dns v1", {
      ...PROPOSAL,
      lifecycle: "published",
      revision: "v1",
      proposedBy: "ann",
      approvedBy: "bob",
      metadata: { labels: { a: "b" } },
    });
    const commit = await signObject(
      repository,
      "commit",
      await repository.git("commit-tree", tree, "-m", message, "-p", made),
      testSigning,
    );
    await repository.git("update-ref", MAIN, commit);
    await repository.git("update-ref", BRANCH, commit);
    const { store } = await openStore(repository);
    const found = [...store.revisions()].find((one) => one.ref === BRANCH);
    expect(found).toBeUndefined();
  });
});
