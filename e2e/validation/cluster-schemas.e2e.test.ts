import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("schemas", { end: { skipInvariants: "there is no Repository" } });

const REVISION = {
  apiVersion: "pkg.pkgserver.dev/v1alpha1",
  kind: "PackageRevision",
  metadata: { name: "a" },
  spec: { packageRevID: { repository: "a", package: "b", workspace: 1 }, lifecycle: "draft", more: 1 },
};

describe("kubectl pkg validate", () => {
  it("compares objects with the schemas of the cluster, if it is asked to", async ({ cli }) => {
    await mkdir(join(cli.dir, "web"));
    await writeFile(join(cli.dir, "web", "a.yaml"), JSON.stringify(REVISION));
    await writeFile(join(cli.dir, "web", "b.yaml"), "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n");
    const alone = await cli.run(["validate", "web"]);
    expect(alone).toMatchObject({ code: 0, stdout: "" });
    expect(alone.stderr).toContain(
      "pkg.pkgserver.dev/v1alpha1/PackageRevision: 1 object not compared: web does not have a CustomResourceDefinition",
    );
    const compared = await cli.run(["validate", "web", "--cluster"]);
    expect(compared.code).toBe(1);
    expect(compared.stdout.split("\n")).toEqual([
      expect.stringMatching(/^web\/a.yaml:1:\d+: spec.packageRevID.workspace: must be string, and is integer$/),
      expect.stringMatching(/^web\/a.yaml:1:\d+: spec.more: unknown field \(warning\)$/),
      "",
    ]);
    expect(compared.stderr).toBe(
      "example.com/v1/Widget: 1 object not compared: neither web nor the cluster has a CustomResourceDefinition of it\n" +
        "error: web: 1 problem\n",
    );
  });

  it("takes the version of the cluster for the APIs of Kubernetes, unless it is given one", async ({ cli, env }) => {
    await mkdir(join(cli.dir, "claim"));
    const claim = { apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim", metadata: { name: "a" }, spec: {} };
    await writeFile(join(cli.dir, "claim", "a.yaml"), JSON.stringify(claim));
    const { minor } = JSON.parse(await env.as("alice")("get", "--raw", "/version")) as { minor: string };
    const missing = (release: string) => ({
      code: 1,
      stdout: `claim/a.yaml:1:1: Kubernetes ${release} has no ResourceClaim in resource.k8s.io/v1: it comes with 1.34\n`,
    });
    const validate = async (...args: readonly string[]) => await cli.run(["validate", "claim", "--cluster", ...args]);
    expect(await validate()).toMatchObject(Number(minor) >= 34 ? { code: 0, stdout: "" } : missing(`1.${minor}`));
    expect(await validate("--kubernetes-version", "1.33")).toMatchObject(missing("1.33"));
    expect(await validate("--kubernetes-version", "1.36")).toMatchObject({ code: 0, stdout: "" });
  });

  it("fails without the cluster that it is to ask", async ({ cli }) => {
    await mkdir(join(cli.dir, "offline"));
    await writeFile(join(cli.dir, "offline", "a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    const env = { KUBECONFIG: await cli.unreachableKubeconfig() };
    expect(await cli.run(["validate", "offline", "--cluster"], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("error: the API server does not answer: GET /openapi/v3"),
    });
    expect(await cli.run(["validate", "offline"], { env })).toMatchObject({ code: 0 });
  });
});
