import { describe, expect } from "vitest";
import { definition, dependency, resource } from "../../src/core/dependencies/testing/revisions.ts";
import { testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const CERTIFICATES = "cert-manager.io";
const certificate = resource(`${CERTIFICATES}/v1`, "Certificate");
const upstream = { repository: "catalog", realm: "infra", package: "cert-manager" };

/**
 * A catalog with two revisions of cert-manager, of which only the second serves v1, a package that needs it, and one
 * that needs both. The target edge1 has cert-manager at v1, and a draft.
 */
const it = testWithCli("dependencies").extend("names", { scope: "file" }, async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await pushExternally(
    env.git,
    "catalog",
    {
      files: { "infra/cert-manager/crd.yaml": definition(CERTIFICATES, "Certificate", "v1alpha1") },
      tags: ["infra/cert-manager/v1"],
    },
    {
      files: {
        "infra/cert-manager/crd.yaml": definition(CERTIFICATES, "Certificate", "v1alpha1", "v1"),
        "infra/capi/crd.yaml": definition("cluster.x-k8s.io", "Cluster", "v1"),
        "infra/capi/certificate.yaml": certificate,
        "edge/cluster/cluster.yaml": resource("cluster.x-k8s.io/v1", "Cluster"),
        "edge/cluster/needs.yaml": dependency("catalog/infra/cert-manager", ">=2"),
      },
      tags: ["infra/cert-manager/v2", "infra/capi/v1", "edge/cluster/v1"],
    },
  );
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const clone = { spec: { tasks: [{ type: "clone" }], upstream: { ...upstream, revision: "v1" } } };
  const id = { target: "edge1", repository: "deployments", realm: "infra", package: "certs", workspace: "first" };
  await packages.publish(await packages.createDraft(id, undefined, clone));
  const files = {
    "cluster.yaml": resource("cluster.x-k8s.io/v1", "Cluster"),
    "old.yaml": resource(`${CERTIFICATES}/v1alpha1`, "Certificate"),
    "widget.yaml": resource("acme.io/v1", "Widget"),
    "map.yaml": resource("v1", "ConfigMap"),
  };
  const inputs = [JSON.parse(dependency("catalog/infra/cert-manager", "^1"))];
  return await packages.createDraft({ ...id, realm: "web", package: "shop" }, files, { spec: { inputs } });
});

describe("kubectl pkg deps", () => {
  it("shows the newest revisions that a blueprint needs, and which needs them in turn", async ({ cli, names: _ }) => {
    expect((await cli("deps", "catalog/edge/cluster")).split("\n")).toEqual([
      "catalog/edge/cluster@v1",
      "├─ catalog/infra/capi@v1  Cluster (cluster.yaml)",
      "│  └─ catalog/infra/cert-manager@v2  Certificate (certificate.yaml)",
      "└─ catalog/infra/cert-manager@v2  >=2 (needs.yaml)",
      "",
    ]);
  });

  it("takes what the target has, and says what is to be added or is not there", async ({ cli, names: _ }) => {
    const unserved =
      "error: cannot resolve version for gvk: cert-manager.io/v1, Kind=Certificate: " +
      "edge1/infra/certs@v1 serves v1alpha1 (certificate.yaml)";
    const unknown = "error: cannot find api reference: group: acme.io, kind: Widget (widget.yaml)";
    expect((await cli("deps", "edge1/web/shop")).split("\n")).toEqual([
      "edge1/web/shop@first  (and 1 kind of Kubernetes)",
      "├─ edge1/infra/certs@v1  Certificate, ^1 (old.yaml)",
      "├─ catalog/infra/capi@v1  to add to edge1  Cluster (cluster.yaml)",
      "│  ├─ edge1/infra/certs@v1  Certificate (certificate.yaml)",
      `│  └─ ${unserved}`,
      `└─ ${unknown}`,
      "",
    ]);
    expect((await cli("deps", "edge1/web/shop", "--missing")).split("\n")).toEqual([
      "add to edge1: catalog/infra/capi@v1, needed by edge1/web/shop@first",
      `edge1/web/shop@first: ${unknown}`,
      `catalog/infra/capi@v1: ${unserved}`,
      "",
    ]);
    expect(await cli.run(["deps", "catalog/edge/cluster", "--missing"])).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("nothing is missing\n"),
    });
  });

  it("shows who needs a published revision", async ({ cli, names: _ }) => {
    expect((await cli("deps", "catalog/infra/cert-manager", "--reverse")).split("\n")).toEqual([
      "catalog/infra/cert-manager@v2",
      "├─ catalog/edge/cluster@v1  >=2 (needs.yaml)",
      "└─ catalog/infra/capi@v1  Certificate (certificate.yaml)",
      "   └─ catalog/edge/cluster@v1  Cluster (cluster.yaml)",
      "",
    ]);
    expect(await cli.run(["deps", "catalog/infra/cert-manager@v1", "--reverse"])).toEqual({
      code: 0,
      stdout: "catalog/infra/cert-manager@v1\n",
      stderr: expect.stringContaining("no published package needs it\n"),
    });
  });

  it("prints the form of pkgserver's status.dependencies for programs", async ({ cli, names: _ }) => {
    const report = JSON.parse(await cli("deps", "edge1/web/shop", "-o", "json"));
    expect(report.dependencies).toEqual([
      { type: "core", ref: { apiVersion: "v1", kind: "ConfigMap" }, files: ["map.yaml"] },
      {
        type: "package",
        ref: { apiVersion: "cert-manager.io/v1alpha1", kind: "Certificate" },
        packageDependencies: [
          { target: "edge1", repository: "deployments", realm: "infra", package: "certs", revision: "v1" },
        ],
        files: ["old.yaml"],
      },
      expect.objectContaining({
        ref: { apiVersion: "claim.pkg.pkgserver.dev/v1alpha1", kind: "PackageDependency" },
        files: ["spec.inputs"],
      }),
      expect.objectContaining({ ref: { apiVersion: "cluster.x-k8s.io/v1", kind: "Cluster" } }),
    ]);
    expect(report.errors).toEqual([
      {
        ref: { apiVersion: "acme.io/v1", kind: "Widget" },
        files: ["widget.yaml"],
        reason: "cannot find api reference: group: acme.io, kind: Widget",
      },
    ]);
    expect(report.packages).toContainEqual(expect.objectContaining({ name: "catalog/infra/capi@v1", toAdd: "edge1" }));
    const reverse = JSON.parse(await cli("deps", "catalog/infra/capi", "--reverse", "-o", "json"));
    expect(reverse.dependents).toEqual([
      {
        name: "catalog/edge/cluster@v1",
        needs: [
          {
            of: "catalog/infra/capi@v1",
            ref: { apiVersion: "cluster.x-k8s.io/v1", kind: "Cluster" },
            files: ["cluster.yaml"],
          },
        ],
      },
    ]);
  });

  it("draws graphs for Graphviz and Mermaid", async ({ cli, names: _ }) => {
    const dot = await cli("deps", "catalog/infra/capi", "-o", "dot");
    expect(dot).toContain(`  "catalog.catalog.infra.capi.v1" [label="catalog/infra/capi@v1"];\n`);
    expect(dot).toContain(`[label="Certificate (certificate.yaml)"];\n}\n`);
    expect((await cli("deps", "catalog/infra/capi", "--reverse", "-o", "mermaid")).split("\n")).toEqual([
      "flowchart LR",
      '  n0["catalog/infra/capi@v1"]',
      '  n1["catalog/edge/cluster@v1"]',
      '  n1 -->|"Cluster (cluster.yaml)"| n0',
      "",
    ]);
  });

  it("says which files it does not know, since they are in Git only", async ({ cli, env, names: _ }) => {
    await env.git.createRepository("lean");
    await pushExternally(env.git, "lean", {
      files: { "dns/crd.yaml": definition("dns.io", "Zone", "v1"), "dns/needs.yaml": dependency("catalog/infra/capi") },
      tags: ["dns/v1"],
    });
    await env.register("lean", { contents: "Drafts" });
    const { stderr } = await cli.run(["deps", "catalog/infra/capi"]);
    expect(stderr).toBe(
      "these packages have their latest files in Git only, and what they offer and need is not known: lean/dns\n",
    );
    expect((await cli("deps", "lean/dns")).split("\n").slice(0, 2)).toEqual([
      "lean/dns@v1  (and 1 kind of Kubernetes)",
      "└─ catalog/infra/capi@v1  PackageDependency (needs.yaml)",
    ]);
  });
});

describe("kubectl pkg delete", () => {
  it("names the packages that need a published revision, and deletes it only by force", async ({ cli, names: _ }) => {
    const needed = "other packages need catalog/infra/capi@v1: catalog/edge/cluster@v1";
    expect(await cli.run(["delete", "catalog/infra/capi", "--yes"])).toEqual({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining(
        `error: ${needed}\n` +
          "to see why: kubectl pkg deps catalog/infra/capi@v1 --reverse\n" +
          "to delete it all the same, give --force\n",
      ),
    });
    const asked = await cli.inTerminal(["delete", "catalog/infra/capi"], { input: "n\n" });
    expect(asked).toMatchObject({ code: 1, stdout: expect.stringContaining(needed) });
    expect((await cli.run(["delete", "catalog/infra/capi", "--force"])).stderr).toMatch(/^proposed to delete /m);
    await cli("undelete", "catalog/infra/capi");
    expect((await cli.run(["delete", "catalog/infra/cert-manager@v1", "--yes"])).stderr).not.toContain(
      "other packages",
    );
    await cli("undelete", "catalog/infra/cert-manager@v1");
  });
});
