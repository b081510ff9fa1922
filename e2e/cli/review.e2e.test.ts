import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const it = testWithCli("review");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

const deployment = (replicas: number, container: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n  namespace: web\nspec:\n  replicas: ${replicas}\n` +
  "  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n" +
  `      containers:\n        - name: shop\n${container}`;
const role = (verbs: string) =>
  "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: shop\n" +
  `rules:\n  - apiGroups: [""]\n    resources: [secrets]\n    verbs: ${verbs}\n`;
const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n  namespace: web\ndata:\n  a: b\n";

const BEFORE = {
  "deployment.yaml": deployment(3, "          image: quay.io/shop:1\n"),
  "role.yaml": role("[get]"),
  "config.yaml": configMap,
};
const AFTER = {
  "deployment.yaml": deployment(
    0,
    "          image: quay.io/shop:2\n          securityContext:\n            privileged: true\n",
  ),
  "role.yaml": role("[get, list]"),
  "more/config.yaml": configMap,
};

/** What a reviewer sees before the diff. */
const REPORT = `+0 ~2 -0 resources; 3 risks
! ClusterWideRights: ClusterRole shop allows to list secrets in all namespaces (role.yaml)
! PrivilegedContainer: Deployment web/shop shop runs privileged (deployment.yaml)
! ReplicasZero: Deployment web/shop runs nothing any more (deployment.yaml)
~ Deployment web/shop (deployment.yaml)
    spec.replicas: 3 → 0
    spec.template.spec.containers[name=shop].image: "quay.io/shop:1" → "quay.io/shop:2"
    spec.template.spec.containers[name=shop].securityContext: (none) → {"privileged":true}
~ ClusterRole shop (role.yaml)
    rules[0].verbs: ["get"] → ["get","list"]
renamed: config.yaml → more/config.yaml
`;

describe("what a reviewer sees", () => {
  it("has risks first, then resources, then the diff: in diff and approve", async ({ cli, env, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "shop" };
    await packages.createPublished({ ...id, workspace: "one" }, BEFORE);
    const object = await packages.createDraft({ ...id, workspace: "two" }, AFTER);
    const text = await cli("diff", "shop@two");
    expect(text.slice(0, REPORT.length)).toBe(REPORT);
    const diff = text.slice(REPORT.length);
    expect(diff).toMatch(/^\n--- edge1\/shop@v1\/deployment\.yaml\n\+\+\+ edge1\/shop@two\/deployment\.yaml\n@@ /);
    expect(diff).toContain("\n--- edge1/shop@v1/config.yaml\n+++ edge1/shop@two/more/config.yaml\n");
    expect(await cli("diff", "shop@two", "--stat")).toMatch(/\nconfig\.yaml => more\/config\.yaml \| \+0 -0\n/);
    expect(await cli("diff", "shop@two", "--name-only")).toBe("deployment.yaml\nmore/config.yaml\nrole.yaml\n");
    expect(JSON.parse(await cli("diff", "shop@two", "-o", "json"))).toMatchObject({
      before: "edge1/shop@v1",
      summary: "+0 ~2 -0 resources; 3 risks",
      riskCount: 3,
      risks: [
        { mark: "ClusterWideRights", resource: { kind: "ClusterRole", name: "shop" }, field: "rules[0]" },
        {},
        {},
      ],
      resources: [
        { kind: "changed", file: "deployment.yaml", fields: [{ field: "spec.replicas", after: "0" }, {}, {}] },
        {},
      ],
      files: [{ path: "deployment.yaml" }, { path: "more/config.yaml", was: "config.yaml", kind: "renamed" }, {}],
    });
    await packages.propose(object);
    await env.waitForReason(object, "Proposed");
    const asked = await cli.inTerminal(["approve", "shop@two"], { as: "bob", input: "n\n", env: { NO_COLOR: "1" } });
    const shown = normalize(asked.stdout);
    expect(shown).toContain(`\n${REPORT}\n--- edge1/shop@v1/deployment.yaml\n`);
    expect(shown.indexOf("ClusterWideRights")).toBeGreaterThan(shown.indexOf("Digest:"));
    const coloured = await cli.inTerminal(["approve", "shop@two", "--stat"], { as: "bob", input: "n\n" });
    expect(coloured.stdout).toContain("\u001b[33m! ClusterWideRights: ");
  });

  it("compares a pulled folder with its draft", async ({ cli, packages }) => {
    const id = { target: "edge2", repository: "deployments", package: "pulled", workspace: "one" };
    await packages.createDraft(id, BEFORE);
    await cli("pull", "pulled");
    await writeFile(join(cli.dir, "pulled", "role.yaml"), role('["*"]'));
    expect(await cli("diff", "./pulled")).toContain(
      "+0 ~1 -0 resources; 1 risk\n" +
        "! ClusterWideRights: ClusterRole shop allows to * secrets in all namespaces (role.yaml)\n",
    );
  });

  it("shows no value of a Secret before the diff, and no command to a terminal", async ({ cli, packages }) => {
    const id = { target: "edge3", repository: "deployments", package: "login", workspace: "one" };
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  "a\\e[2J": hunter2\n';
    await packages.createDraft(id, { "secret.yaml": secret });
    const [report = ""] = (await cli("diff", "login")).split("\n\n");
    expect(report).toBe(
      "+1 ~0 -0 resources; 1 risk\n" +
        "! SecretInClear: Secret login has values in clear: a\\u{1b}[2J (secret.yaml)\n" +
        "+ Secret login (secret.yaml)",
    );
  });

  it("tells that a file changed that is in Git only", async ({ cli, env }) => {
    const push = (version: string, symlink: string) => ({
      files: { "edge4/linked/a.yaml": "a: 1\n", "edge4/linked/link": { symlink } },
      tags: [`edge4/linked/${version}`],
    });
    await pushExternally(env.git, "deployments", push("v1", "a.yaml"), push("v2", "b.yaml"));
    await env.sync("deployments");
    await env.waitForReason("edge4.deployments.linked.v2", "Published");
    const heading = "--- edge4/linked@v1/link\n+++ edge4/linked@v2/link\n";
    expect(await cli("diff", "linked@v2")).toBe(`${heading}not shown: 6 bytes in Git only -> 6 bytes in Git only\n`);
  });
});
