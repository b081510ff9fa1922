import { describe, expect } from "vitest";
import { aRevision } from "../../../core/testing/observed.ts";
import { it } from "../testing/fixtures.ts";
import { openStore } from "../testing/open-store.ts";
import { pushSignedDraft } from "../testing/signed-draft.ts";

describe("a trusted Repository", () => {
  it("commits of a trusted Repository are its users', and keep the branch of a draft that is deleted here", async ({
    repository,
  }) => {
    await pushSignedDraft(repository, { repository: "platform/catalog", editors: ["eve"] });
    const object = aRevision({ status: { lifecycle: "draft" }, deleted: true });
    const { store } = await openStore(repository, { trustedRepositories: ["platform/catalog"] });
    expect((await store.observe(object)).hasForeignCommits).toBe(true);
  });
});
