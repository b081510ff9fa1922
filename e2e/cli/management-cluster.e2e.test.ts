import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { definition, resource, type TestFiles } from "../../src/core/dependencies/testing/revisions.ts";
import { root } from "../shipped/markdown.ts";
import { testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { nameOf, type Packages } from "../testenv/packages.ts";

const CERTIFICATES = "cert-manager.io";
const [CORE, BOOTSTRAP, INFRASTRUCTURE] = ["", "bootstrap.", "infrastructure."].map((one) => `${one}cluster.x-k8s.io`);

/** The certificate of a webhook server, and who issues it. */
const webhook = {
  "webhook.yaml": [resource(`${CERTIFICATES}/v1`, "Issuer"), resource(`${CERTIFICATES}/v1`, "Certificate")].join(
    "---\n",
  ),
};
const rolesFor = (group: string, ...resources: readonly string[]) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: manager}\n` +
  `rules: [{apiGroups: ["${group}"], resources: [${resources.join(", ")}], verbs: [get, list, watch]}]\n`;
const definitions = (group: string, ...kinds: readonly string[]) => ({
  "crds.yaml": kinds.map((kind) => definition(group, kind, "v1beta1")).join("---\n"),
});

/** The packages of the page, with no more than what they offer and need. */
const CATALOG: Readonly<Record<string, TestFiles>> = {
  "infra/cert-manager": {
    "crds.yaml": ["Certificate", "Issuer"].map((kind) => definition(CERTIFICATES, kind, "v1")).join("---\n"),
  },
  "cluster-api/core": { ...definitions(CORE ?? "", "Cluster", "Machine"), ...webhook },
  "cluster-api/kubeadm": {
    ...definitions(BOOTSTRAP ?? "", "KubeadmConfig"),
    ...webhook,
    "roles.yaml": rolesFor(CORE ?? "", "machines"),
  },
  "cluster-api/docker": {
    ...definitions(INFRASTRUCTURE ?? "", "DockerCluster"),
    ...webhook,
    "roles.yaml": rolesFor(CORE ?? "", "clusters"),
  },
  "clusters/workload": {
    "cluster.yaml": resource(`${CORE}/v1beta1`, "Cluster"),
    "docker.yaml": resource(`${INFRASTRUCTURE}/v1beta1`, "DockerCluster"),
    "kubeadm.yaml": resource(`${BOOTSTRAP}/v1beta1`, "KubeadmConfig"),
  },
};
const TAGS = Object.keys(CATALOG).map((name) => `${name}/v1`);

const EAST = { target: "mgmt", repository: "deployments", realm: "clusters", package: "east", workspace: "first" };
const made = (path: string) => {
  const [realm = "", name = ""] = path.split("/");
  return nameOf({ ...EAST, realm, package: name, workspace: "pkginstall" });
};

const page = await readFile(join(root, "docs", "dependencies.md"), "utf8");
const section = page.slice(page.indexOf("## A management cluster"));
/** The output that the page shows. */
const [, tree] = /```text\n(.*?)```/s.exec(section) ?? [];

const it = testWithCli("management").extend("east", { scope: "file" }, async ({ env, packages }) => {
  const files = Object.entries(CATALOG).flatMap(([name, own]) =>
    Object.entries(own).map(([file, text]) => [`${name}/${file}`, text] as const),
  );
  await env.git.createRepository("catalog");
  await pushExternally(env.git, "catalog", { files: Object.fromEntries(files), tags: TAGS });
  await env.register("catalog");
  await env.git.createRepository("deployments");
  const readinessGates = [{ conditionType: "pkg.pkgserver.dev/schedule" }];
  await env.register("deployments", { deployment: true, readinessGates });
  const upstream = { repository: "catalog", realm: "clusters", package: "workload" };
  return await packages.createDraft(EAST, undefined, { spec: { tasks: [{ type: "clone" }], upstream } });
});

async function publish(packages: Packages, path: string): Promise<void> {
  await packages.waitForReason(made(path), "Draft");
  await packages.publish(made(path));
}

async function waitForScheduled(packages: Packages, name: string, paths: readonly string[]): Promise<void> {
  const expected = paths.map(made).sort().join();
  await packages.waitFor(name, `has had ${expected} made`, ({ status }) => {
    return [...(status?.scheduled ?? [])].sort().join() === expected;
  });
}

describe("a management cluster", () => {
  it("is what docs/dependencies.md says", async ({ cli, packages, east }) => {
    for (const name of Object.keys(CATALOG)) expect(section).toContain(`| ${name} |`);
    expect(await cli("deps", "mgmt/clusters/east")).toBe(tree);
    await packages.askToPropose(east);
    await waitForScheduled(packages, east, ["infra/cert-manager"]);
    await publish(packages, "infra/cert-manager");
    const providers = ["core", "docker", "kubeadm"].map((name) => `cluster-api/${name}`);
    await waitForScheduled(packages, east, ["infra/cert-manager", ...providers]);
    for (const path of providers) await publish(packages, path);
    const { status } = await packages.waitForReason(east, "Proposed");
    expect(status?.dependencies).not.toHaveProperty("missing");
    expect(await cli("deps", "mgmt/clusters/east", "--missing")).toBe("");
  });
});
