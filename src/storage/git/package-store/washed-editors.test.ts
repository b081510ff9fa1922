import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { pushSignedDraft } from "../testing/signed-draft.ts";
import { newKeyring } from "../testing/signing.ts";

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

describe("a draft with commits of an operator whose key is not known (any more)", () => {
  const made = { repository: "default/blue", path: "dns", workspace: "one", lifecycle: "draft", metadata: {} } as const;
  const named = renderCommitMessage("Edit dns", { ...made, editors: ["carol"] });

  it.for([
    ["signed with a removed key", named, true, ["carol"]],
    ["without their signatures, as a rebase leaves them", named, false, ["carol"]],
    ["with its message amended", `${named}\nSigned-off-by: zoe\n`, false, ["carol"]],
    ["of a person", "Edit dns\n\nEdited-By: carol", false, undefined],
  ] as const)("claims the editors that they name: %s", async ([, message, isSigned, claimed], { repository }) => {
    const { commit, tree } = await pushSignedDraft(repository, { repository: "default/blue", editors: ["alice"] });
    const file = join(repository.folder, "message");
    await writeFile(file, message);
    const commitOn = async (parent: string, ...text: readonly string[]) =>
      await repository.git("commit-tree", tree, "-p", parent, ...text);
    const unsigned = await commitOn(commit, "-F", file);
    const edited = isSigned ? await signObject(repository, "commit", unsigned, newKeyring()) : unsigned;
    await repository.git("update-ref", BRANCH, await commitOn(edited, "-m", "nothing"));
    const { store } = await openStore(repository);
    const { found } = await store.observe(aRevision({}));
    expect(found).toMatchObject({ kind: "draft", editors: ["alice"] });
    expect(found?.kind === "draft" && found.claimed).toEqual(claimed);
  });
});
