import { describe, expect } from "vitest";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { BINDING, deleteApprovalBindings, install, it } from "../testenv/missing-policies.ts";

describe("while a push hangs", () => {
  it("the Repository says whether the policies are enforced", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const draft = await packages.createDraft({ repository, package: "held", workspace: "one" });
    const push = await holdNextPush(env.git, repository, "before");
    onTestFailed(async () => {
      await push.release();
      await install(env);
    });
    await packages.edit(draft, { "a.yaml": "a: 2\n" });
    await push.reached();
    await env.as("admin")("annotate", "pkgrepo", repository, "pkg.pkgserver.dev/sync-requested-at=now");
    await deleteApprovalBindings(requestAs);
    const missing = await env.waitForRepository(repository, "PoliciesMissing");
    expect(missing.status?.conditions?.[0]?.message).toContain(BINDING.split("/").at(-1));
    await install(env);
    const back = await env.waitForRepository(repository, "Syncing");
    expect(back.status?.conditions?.[0]?.message).toContain("enforced again");
    await push.release();
    await env.waitForRepository(repository, "Synced");
    await packages.waitForAcknowledgement(draft);
  });
});
