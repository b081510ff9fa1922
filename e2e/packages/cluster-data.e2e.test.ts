import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";
import { createRights } from "../testenv/rights.ts";

const it = testWithEnv("cluster-data");

const FILE = "out/v1.ConfigMap.shop.app.yaml";

const renderedOf = (one: PackageRevision) => conditionOf(one, "Rendered");

/** A package that takes the region of an object of the cluster. */
function taking(kind: string, namespace: string) {
  const data =
    `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: site\n  namespace: ${namespace}\n  annotations:\n` +
    "    kform.dev/block-type: data\n    kform.dev/resource-type: kubernetes_manifest\n    kform.dev/resource-id: site\n";
  const output =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n  namespace: shop\ndata:\n" +
    "  region: kubernetes_manifest.site[0].data.region\n";
  return { "app.yaml": `${data}---\n${output}` };
}

describe("a data block", () => {
  it("takes an object of the cluster where its Repository names a ServiceAccount that may read it", async ({
    env,
    packages,
    requestAs,
  }) => {
    const { namespace } = env;
    const { create, createAccount, grant } = createRights(env, requestAs);
    const configMap = (region: string) => ({ metadata: { name: "site", namespace }, data: { region } });
    await create("/api/v1/namespaces/NAMESPACE/configmaps", configMap("eu"));
    const reader = await createAccount("reader");
    for (const name of ["sites", "closed"]) {
      await env.git.createRepository(name);
      await env.register(name, { deployment: true });
    }
    const allow = async (name: string, serviceAccountName: string, kind: string) => {
      const path = `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/repositories/${name}`;
      const clusterData = { serviceAccountName, kinds: [{ apiVersion: "v1", kind }] };
      return await requestAs("admin", "merge", path, { spec: { clusterData } });
    };
    const draft = async (repository: string, packageName: string, kind = "ConfigMap") => {
      const id = { repository, target: "edge1", package: packageName, workspace: "one" };
      return await packages.createDraft(id, taking(kind, namespace));
    };
    const waitForMessage = async (of: string, pattern: RegExp) =>
      await packages.waitFor(of, `says ${pattern}`, (one) => pattern.test(renderedOf(one)?.message ?? ""));
    const name = await draft("sites", "app");
    await waitForMessage(
      name,
      /which is not there: give it in spec\.inputs, or publish a package of edge1 that has it$/,
    );

    // Secrets never get into Git.
    const refused = await allow("sites", "reader", "Secret");
    expect([refused.code, JSON.stringify(refused.body)]).toEqual([
      422,
      expect.stringContaining("Secrets cannot be read"),
    ]);

    // Neither the operator's rights nor those of other ServiceAccounts count.
    expect((await allow("closed", "other", "ConfigMap")).code).toBe(200);
    const closed = await draft("closed", "app");
    await waitForMessage(closed, /the operator gets no token for ServiceAccount .*\/other: .*forbidden/);
    expect((await allow("sites", "reader", "ConfigMap")).code).toBe(200);
    await waitForMessage(name, /reading it from the cluster failed: configmaps "site" is forbidden: .*:reader"/);
    const reading = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };
    await grant("reading", reading, reader);

    const { status } = await packages.waitFor(name, "is rendered", (one) => renderedOf(one)?.reason === "Rendered");
    const line = new RegExp(`^ConfigMap ${namespace}/site from the cluster sha256:[0-9a-f]{64}$`);
    expect(status?.rendering?.data).toEqual([expect.stringMatching(line)]);
    const regionIs = async (region: string) =>
      await waitUntil(`the region is ${region}`, async () =>
        (await packages.contents(name)).spec.resources?.[FILE]?.includes(`region: ${region}\n`),
      );
    await regionIs("eu");
    await requestAs("admin", "merge", `/api/v1/namespaces/${namespace}/configmaps/site`, configMap("us"));
    await regionIs("us");

    const other = await draft("sites", "other", "PersistentVolumeClaim");
    await waitForMessage(
      other,
      /spec\.clusterData of the Repository does not allow to read v1\/PersistentVolumeClaim$/,
    );
  });
});
