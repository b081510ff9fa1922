import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pushExternally } from "./external-push.ts";
import { openPackages } from "./packages.ts";
import { startTestEnv } from "./testenv.ts";

describe("the end of a world", () => {
  it("fails where a secret has turned up, and names every place", async () => {
    const world = await startTestEnv("leaky");
    const planted = "planted-canary-0123456789";
    world.registerSecret(planted);
    await world.git.createRepository("catalog");
    await pushExternally(world.git, "catalog", { files: { "web/a.yaml": `password: ${planted}\n` }, tags: ["web/v1"] });
    await world.register("catalog");
    await world.waitForReason("catalog.catalog.web.v1", "Published");
    const admin = world.as("admin");
    await admin("annotate", "pkgrepo/catalog", `example.com/auth=${Buffer.from(`u:${planted}`).toString("base64")}`);
    const involved = { kind: "Repository", name: "catalog", namespace: world.namespace };
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "told" },
      involvedObject: involved,
      type: "Normal",
    };
    await admin.applyYaml(JSON.stringify({ ...event, message: `wrong password ${planted}` }));
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "other" } };
    await admin.applyYaml(JSON.stringify({ ...lease, spec: { holderIdentity: encodeURIComponent(planted) } }));
    const data = join(world.operatorSpec.dir, "operator-data", "planted");
    await mkdir(data);
    await writeFile(join(data, "config"), `[http]\n\textraHeader = ${planted}\n`);
    await appendFile(world.operator.logFile, `{"msg":"${planted}"}\n`);
    const error: Error = await world.end({ unsound: "the mirror has files of others" }).then(
      () => new Error("none"),
      (reason) => reason,
    );
    for (const where of [
      /repositories\/catalog$/m,
      /packagerevisionresourceses\/catalog\.catalog\.web\.v1$/m,
      /events\/told$/m,
      /leases\/other$/m,
      /planted\/config$/m,
      /operator\.log:\d+$/m,
      /an object of .*catalog\.git$/m,
    ]) {
      expect(error.message).toMatch(where);
    }
    expect(error.message).not.toContain(planted);
  });

  it("fails where a promise is broken", async () => {
    const world = await startTestEnv("broken");
    const packages = await openPackages(world);
    await world.git.createRepository("catalog");
    await world.register("catalog");
    const id = { repository: "catalog", package: "web" };
    await packages.published({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n" });
    await packages.published({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n" });
    // As if v1 had been published once more, after it was deleted.
    await world.git.git("catalog", "tag", "web/deleted-v1", "refs/tags/web/v2^{commit}");
    await expect(world.end({ settleMs: 2000 })).rejects.toThrow(/\(3\) .*refs\/tags\/web\/v1: v1 was deleted at/);
  });

  it("fails where the operator leaves something behind", async () => {
    const world = await startTestEnv("left");
    const data = join(world.operatorSpec.dir, "operator-data");
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "packed-refs.lock"), "");
    await expect(world.end()).rejects.toThrow(/\(7\) .*packed-refs\.lock/);
  });
});
