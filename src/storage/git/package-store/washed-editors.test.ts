import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { testSigning } from "../testing/signing.ts";

describe("a draft whose branch others have rewritten", () => {
  it("the editors of a draft are not washed away without a report", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "README.md", "all");
    const made = await repository.commitFile("refs/heads/made", "dns/Kptfile", "1");
    await repository.git("update-ref", "-d", "refs/heads/made");
    const message = renderCommitMessage("Edit dns", {
      repository: "default/blue",
      path: "dns",
      workspace: "one",
      lifecycle: "draft",
      editors: ["alice"],
      metadata: {},
    });
    const tree = await repository.git("rev-parse", `${made}^{tree}`);
    const unsigned = await repository.git("commit-tree", tree, "-m", message, "-p", main);
    const draft = await signObject(repository, "commit", unsigned, testSigning);
    await repository.git("update-ref", BRANCH, draft);
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
