import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pushExternally } from "./external-push.ts";
import { createPackages } from "./packages.ts";
import { startTestEnv } from "./testenv.ts";

describe("TestEnv.end", () => {
  it("fails if a secret has leaked, and names every place", async () => {
    const env = await startTestEnv("leaky");
    const canary = "planted-canary-0123456789";
    env.registerSecret(canary);
    await env.git.createRepository("catalog");
    await pushExternally(env.git, "catalog", { files: { "web/a.yaml": `password: ${canary}\n` }, tags: ["web/v1"] });
    await env.register("catalog");
    await env.waitForReason("catalog.catalog.web.v1", "Published");
    const admin = env.as("admin");
    await admin("annotate", "pkgrepo/catalog", `example.com/auth=${Buffer.from(`u:${canary}`).toString("base64")}`);
    const involved = { kind: "Repository", name: "catalog", namespace: env.namespace };
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "leaky" },
      involvedObject: involved,
      type: "Normal",
    };
    await admin.applyYaml(JSON.stringify({ ...event, message: `wrong password ${canary}` }));
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "other" } };
    await admin.applyYaml(JSON.stringify({ ...lease, spec: { holderIdentity: encodeURIComponent(canary) } }));
    const data = join(env.operatorSpec.dir, "operator-data", "planted");
    await mkdir(data);
    await writeFile(join(data, "config"), `[http]\n\textraHeader = ${canary}\n`);
    await appendFile(env.operator.logFile, `{"msg":"${canary}"}\n`);
    const error: Error = await env.end({ skipInvariants: "the test has written into the mirror" }).then(
      () => new Error("none"),
      (reason) => reason,
    );
    for (const where of [
      /repositories\/catalog$/m,
      /packagerevisionresourceses\/catalog\.catalog\.web\.v1$/m,
      /events\/leaky$/m,
      /leases\/other$/m,
      /planted\/config$/m,
      /operator\.log:\d+$/m,
      /an object of .*catalog\.git$/m,
    ]) {
      expect(error.message).toMatch(where);
    }
    expect(error.message).not.toContain(canary);
  });

  it("fails if an invariant is violated", async () => {
    const env = await startTestEnv("broken");
    const packages = await createPackages(env);
    await env.git.createRepository("catalog");
    await env.register("catalog");
    const id = { repository: "catalog", package: "web" };
    await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n" });
    await packages.createPublished({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n" });
    // As if v1 had been published again after its deletion.
    await env.git.git("catalog", "tag", "web/deleted-v1", "refs/tags/web/v2^{commit}");
    await expect(env.end({ settleMs: 2000 })).rejects.toThrow(/\(3\) .*refs\/tags\/web\/v1: v1 was deleted at/);
  });

  it("fails if it checks no Repository, and names each with the reason", async () => {
    const env = await startTestEnv("skipped");
    await env.applyRepository("missing");
    await env.waitForRepository("missing", "RepositoryNotFound");
    await expect(env.end()).rejects.toThrow(/^no Repository was checked: .*\/missing: it is RepositoryNotFound: /);
  });

  it("fails if the operator does not run", async () => {
    const env = await startTestEnv("stopped");
    await env.operator.stop();
    await expect(env.end()).rejects.toThrow("the operator does not run: no invariant was checked");
  });

  it("fails if the operator leaves a lock behind", async () => {
    const env = await startTestEnv("left");
    const data = join(env.operatorSpec.dir, "operator-data");
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "packed-refs.lock"), "");
    await expect(env.end()).rejects.toThrow(/\(7\) .*packed-refs\.lock/);
  });
});
