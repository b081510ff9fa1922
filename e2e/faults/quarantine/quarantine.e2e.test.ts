import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ANNOTATION_SYNC } from "../../../src/api/v1alpha1/well-known.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createApiClient } from "../../testenv/api-client.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { test } from "../../testenv/fixtures.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";

const it = test
  .extend("poison", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-poison-"));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    return join(dir, "poison");
  })
  .extend("envOptions", { scope: "file" }, async ({ poison }) => ({
    prefix: "quarantine",
    operator: {
      program: { file: join(import.meta.dirname, "operator-with-poison.ts"), nodeOptions: "" },
      env: { POISON: poison },
    },
  }));

/** Restarts the operator whenever it was killed, as Kubernetes would, until `until`. Returns how often that was. */
async function restartUntil(env: TestEnv, until: () => Promise<boolean>): Promise<number> {
  const requestAs = await createApiClient(env.controlPlane);
  for (let restarts = 0; ; ) {
    const isOver = async () => !isRunning(env.operator.ref) || (await until());
    await waitUntil("the operator is killed, or it is over", isOver);
    if (isRunning(env.operator.ref)) return restarts;
    for (let isStarted = false; !isStarted; restarts++) {
      // As if its Lease had expired.
      const lease = `coordination.k8s.io/v1/namespaces/${env.operatorSpec.leaseNamespace}/leases/pkgserver`;
      await requestAs("admin", "delete", lease);
      // It may be killed while it starts.
      isStarted = await env.restartOperator("kill").then(
        () => true,
        () => false,
      );
    }
  }
}

describe("a Repository that ends the operator whenever it is read", () => {
  it("is left alone after three times, and the others go on; it is read again when a user asks for it", async ({
    env,
    packages,
    poison,
  }) => {
    const good = ["good", "better"];
    for (const name of ["poison", ...good]) await env.git.createRepository(name);
    for (const name of good) await env.register(name);
    await pushExternally(env.git, "poison", { files: { "dns/a.yaml": "a: 1\n" }, tags: ["dns/v1"] });
    await writeFile(poison, "");
    await env.applyRepository("poison");
    const isQuarantined = async () => readyReason(await env.repository("poison")) === "Quarantined";
    expect(await restartUntil(env, isQuarantined)).toBe(3);
    const { status } = await env.repository("poison");
    expect(status?.conditions?.find(({ type }) => type === "Stalled")?.message).toContain(
      "the operator ended 3 times in a row while it read this Repository",
    );
    for (const name of good) {
      await env.sync(name);
      const id = { repository: name, package: "web", workspace: "one" };
      await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    }
    expect(await isQuarantined()).toBe(true);
    await rm(poison);
    const annotations = { [ANNOTATION_SYNC]: "now" };
    await packages.request("admin", "merge", "repositories/poison", { metadata: { annotations } });
    await env.waitForRepository("poison", "Synced");
    await packages.waitForReason("catalog.poison.dns.v1", "Published");
  });
});
