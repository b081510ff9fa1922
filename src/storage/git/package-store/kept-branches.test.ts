import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { testSigning } from "../testing/signing.ts";

describe("a trusted Repository", () => {
  it("commits of a trusted Repository are its users', and keep the branch of a draft that is deleted here", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const made = await repository.commitFile("refs/heads/made", "dns/Kptfile", "1");
    await repository.git("update-ref", "-d", "refs/heads/made");
    const message = renderCommitMessage("Edit dns", {
      repository: "platform/catalog",
      path: "dns",
      workspace: "one",
      lifecycle: "draft",
      editors: ["eve"],
      metadata: {},
    });
    const unsigned = await repository.git("commit-tree", `${made}^{tree}`, "-m", message, "-p", MAIN);
    await repository.git("update-ref", BRANCH, await signObject(repository, "commit", unsigned, testSigning));
    const object = aRevision({ status: { lifecycle: "draft" }, deleted: true });
    const { store } = await openStore(repository, { trustedRepositories: ["platform/catalog"] });
    expect((await store.observe(object)).hasForeignCommits).toBe(true);
  });
});
