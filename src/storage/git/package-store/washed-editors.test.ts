import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { aRevision } from "../../../core/testing/observed.ts";
import { it } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import { pushSignedDraft } from "../testing/signed-draft.ts";

describe("a draft whose branch others have rewritten", () => {
  it("the editors of a draft are not washed away without a report", async ({ repository }) => {
    const { commit: draft, tree } = await pushSignedDraft(repository, {
      repository: "default/blue",
      editors: ["alice"],
    });
    const { store } = await openStore(repository);
    const object = aRevision({ status: { lifecycle: "draft", commit: draft } });
    const before = await store.observe(object);
    expect(before.found).toMatchObject({ editors: ["alice"] });
    // A child of main with alice's files; only a header behind the committer names her commit.
    const by = "Else <else@example.com> 1700000000 +0000";
    const text = `tree ${tree}\nauthor ${by}\ncommitter ${by}\nparent ${draft}\n\nwashed\n`;
    const file = join(repository.folder, "washed");
    await writeFile(file, text);
    await repository.git("update-ref", BRANCH, await repository.git("hash-object", "-t", "commit", "-w", file));
    await store.fetch();
    const { found, branchLost } = await store.observe(object);
    const editors = found?.kind === "draft" ? found.editors : undefined;
    expect(branchLost === draft || editors?.includes("alice")).toBe(true);
  });
});
