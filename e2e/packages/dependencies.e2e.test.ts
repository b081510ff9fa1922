import { describe, expect } from "vitest";
import { definition, dependency, resource } from "../../src/core/dependencies/testing/revisions.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const certificates = (...versions: readonly string[]) => definition("cert-manager.io", "Certificate", ...versions);
const SHOP = { target: "edge1", repository: "deployments", realm: "web", package: "shop", workspace: "first" };
const CERTS = { ...SHOP, realm: "infra", package: "certs" };

/** `catalog` has cert-manager, and a package that needs it; `unkept` is a catalog whose files are in Git only. */
const it = testWithEnv("dependencies").extend("draft", { scope: "file" }, async ({ env, packages }) => {
  for (const name of ["catalog", "unkept", "deployments"]) await env.git.createRepository(name);
  await pushExternally(env.git, "catalog", {
    files: {
      "infra/cert-manager/crd.yaml": certificates("v1"),
      "infra/capi/crd.yaml": definition("cluster.x-k8s.io", "Cluster", "v1"),
      "infra/capi/certificate.yaml": resource("cert-manager.io/v1", "Certificate"),
    },
    tags: ["infra/cert-manager/v1", "infra/capi/v1"],
  });
  await pushExternally(env.git, "unkept", {
    files: { "dns/crd.yaml": definition("dns.io", "Zone", "v1") },
    tags: ["dns/v1"],
  });
  await env.register("catalog");
  await env.register("unkept", { contents: "Drafts" });
  await env.register("deployments", { deployment: true });
  return await packages.createDraft(SHOP, {
    "cluster.yaml": resource("cluster.x-k8s.io/v1", "Cluster"),
    "zone.yaml": resource("dns.io/v1", "Zone"),
    "map.yaml": resource("v1", "ConfigMap"),
  });
});

describe("status.dependencies", () => {
  it("says what a draft needs, what has it, and what is to be added, also of files in Git only", async ({
    packages,
    draft,
  }) => {
    const { status } = await packages.waitFor(draft, "knows its dependencies", (one) => {
      return one.status?.dependencies !== undefined;
    });
    const provider = (repository: string, name: string, realm?: string) => [
      { repository, ...(realm !== undefined && { realm }), package: name, revision: "v1" },
    ];
    expect(status?.dependencies).toEqual({
      missing: ["catalog/infra/cert-manager@v1", "catalog/infra/capi@v1", "unkept/dns@v1"],
      missingCount: 3,
      dependencies: [
        {
          type: "package",
          ref: { apiVersion: "cluster.x-k8s.io/v1", kind: "Cluster" },
          packageDependencies: provider("catalog", "capi", "infra"),
          files: ["cluster.yaml"],
        },
        {
          type: "package",
          ref: { apiVersion: "dns.io/v1", kind: "Zone" },
          packageDependencies: provider("unkept", "dns"),
          files: ["zone.yaml"],
        },
        { type: "core", ref: { apiVersion: "v1", kind: "ConfigMap" }, files: ["map.yaml"] },
      ],
      dependencyCount: 3,
    });
  });

  it("follows what is published in the catalogs and in the target, and is not written again at a restart", async ({
    env,
    packages,
    draft,
  }) => {
    const missing = async (what: string, expected: readonly string[] | undefined) => {
      const { status } = await packages.waitFor(draft, what, (one) => {
        return JSON.stringify(one.status?.dependencies?.missing) === JSON.stringify(expected);
      });
      return status?.dependencies;
    };
    await pushExternally(env.git, "catalog", {
      files: { "infra/cert-manager/crd.yaml": certificates("v1", "v2") },
      tags: ["infra/cert-manager/v2"],
    });
    await env.sync("catalog");
    await missing("takes the newer revision", [
      "catalog/infra/cert-manager@v2",
      "catalog/infra/capi@v1",
      "unkept/dns@v1",
    ]);
    await packages.publish(await packages.createDraft(CERTS, { "crd.yaml": certificates("v1") }));
    await missing("takes the package of the target", ["catalog/infra/capi@v1", "unkept/dns@v1"]);
    const before = (await env.revisions()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    await env.restartOperator("stop");
    await env.sync("deployments");
    // Of another draft that asks for the same, the answer comes after all that the first one needs is read again.
    const other = await packages.createDraft(
      { ...SHOP, package: "other" },
      { "needs.yaml": dependency("catalog/infra/capi", "^1") },
    );
    await packages.waitFor(other, "knows its dependencies", ({ status }) => status?.dependencies !== undefined);
    const after = (await env.revisions())
      .filter(({ metadata }) => metadata.name !== other)
      .map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    expect(after).toEqual(before);
  });

  it("is replaced with the contents, and goes with the publication", async ({ packages, draft }) => {
    await packages.save(draft, { "cluster.yaml": resource("acme.io/v1", "Widget") });
    const { status } = await packages.waitFor(draft, "knows the new dependencies", (one) => {
      return one.status?.dependencies?.error !== undefined;
    });
    expect(status?.dependencies).toMatchObject({
      error: "cannot find api reference: group: acme.io, kind: Widget",
      errorCount: 1,
      missing: ["unkept/dns@v1"],
    });
    const published = await packages.publish(draft);
    expect(published.status).not.toHaveProperty("dependencies");
  });
});
