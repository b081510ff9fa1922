import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { createRights } from "../testenv/rights.ts";
import { testWithVariants } from "./fixtures.ts";

const it = testWithVariants("objects");

const open = "$" + "{";
const CATALOG = { repository: "catalog", package: "shop" };
const LABELS = { fleet: "shops" };
const SELECTOR = { matchLabels: LABELS, matchExpressions: [{ key: "closed", operator: "DoesNotExist" }] };

function setOf(kind: string, serviceAccountName: string, more: object = {}) {
  const inputs = [{ kind: "Site", spec: { target: `${open}target.fields}`, labels: `${open}target.labels}` } }];
  return {
    targets: [{ objects: { apiVersion: "v1", kind, selector: SELECTOR, serviceAccountName, ...more } }],
    template: {
      upstream: CATALOG,
      downstream: { target: `${open}target.name}`, repository: "deployments", package: kind.toLowerCase() },
      packageContext: { inputs },
    },
  };
}

describe("targets that are objects", () => {
  it("are followed with the rights of a ServiceAccount, and never taken for gone", async ({
    env,
    packages,
    requestAs,
    sets,
    variants,
  }) => {
    const { namespace } = env;
    const { create, createAccount, grant } = createRights(env, requestAs);
    for (const name of ["catalog", "deployments"]) await env.git.createRepository(name);
    await env.register("catalog");
    await env.register("deployments", { deployment: true });
    await packages.createPublished({ ...CATALOG, workspace: "one" }, { "a.yaml": "kind: A\n" });
    const object = (name: string, more: object) => ({ metadata: { name, labels: LABELS }, ...more });
    const configMaps = "/api/v1/namespaces/NAMESPACE/configmaps";
    await create(configMaps, object("a1", { data: { region: "eu" } }));
    await create(configMaps, object("a2", { data: { region: "us" } }));
    await create(configMaps, { metadata: { name: "other" }, data: { region: "us" } });
    await create("/api/v1/namespaces/NAMESPACE/secrets", object("s1", { stringData: { password: "not for git" } }));
    const fleet = await createAccount("fleet");
    const reading = { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["list"] };
    await grant("fleet", reading, fleet);

    await sets.create("maps", setOf("ConfigMap", "fleet"));
    await sets.create("secrets", setOf("Secret", "fleet"));
    expect((await sets.waitForReason("maps", "UpToDate")).status?.targets).toBe(2);
    const inputsOf = async (variant: string) => {
      const { draft = "" } = (await variants.waitForReason(variant, "DraftReady")).status ?? {};
      return (await packages.get(draft)).spec.inputs;
    };
    const fields = { metadata: { name: "a1", namespace }, data: { region: "eu" } };
    expect(await inputsOf("maps.a1")).toEqual([{ kind: "Site", spec: { target: fields, labels: LABELS } }]);
    expect(await inputsOf("secrets.s1")).toEqual([
      { kind: "Site", spec: { target: { metadata: { name: "s1", namespace } }, labels: LABELS } },
    ]);

    // Neither the operator's rights count, nor a kind that is not there.
    await sets.create("closed", setOf("ConfigMap", "default"));
    await sets.create("unserved", setOf("Cluster", "fleet", { apiVersion: "cluster.example.com/v1" }));
    await sets.create("elsewhere", setOf("ConfigMap", "fleet", { namespace: "*" }));
    const messageOf = async (name: string) =>
      (await sets.waitForReason(name, "TargetsUnknown")).status?.conditions?.find(({ type }) => type === "Ready")
        ?.message;
    expect(await messageOf("closed")).toMatch(/ServiceAccount default: the operator gets no token for it: .*forbidden/);
    expect(await messageOf("unserved")).toContain("the API server has no kind Cluster of cluster.example.com/v1");
    expect(await messageOf("elsewhere")).toContain(
      'cannot list resource "configmaps" in API group "" at the cluster scope',
    );

    await requestAs("admin", "merge", `/api/v1/namespaces/${namespace}/configmaps/a1`, { data: { region: "asia" } });
    await create(configMaps, object("a3", { data: { region: "us" } }));
    await sets.waitFor("maps", "has three", ({ status }) => status?.variants === 3);
    await waitUntil("the changed object is in a draft", async () => JSON.stringify(await inputsOf("maps.a1")), {
      until: (inputs) => inputs.includes("asia"),
    });

    await requestAs("admin", "delete", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/fleet`);
    expect(await messageOf("maps")).toMatch(/cannot be read with ServiceAccount fleet: .*nothing is changed$/);
    for (const name of ["maps.a1", "maps.a2", "maps.a3"]) {
      expect((await variants.get(name)).metadata).not.toHaveProperty("deletionTimestamp");
    }
  });
});
