import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startControlPlane } from "../harness/control-plane.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("doctor");

describe("kubectl pkg doctor", () => {
  it("finds nothing wrong where nothing is", async ({ cli, env }) => {
    await env.git.createRepository("deployments");
    await env.register("deployments", { deployment: true });
    const lines = (await cli.run(["doctor"], { as: "admin" })).stdout.trimEnd().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/^ok +server: Kubernetes v\S+ at https:\S+, namespace doctor-\w+, as admin$/),
      "ok       kinds: Repository",
      "ok       kinds: PackageRevision",
      "ok       kinds: PackageRevisionResources",
      expect.stringMatching(/^ok +rights: you may look at packages, .*, approve, register Repositories$/),
      "ok       policies: installed, and of this version",
      "unknown  operator: its version cannot be read: there is no Deployment pkgserver in the namespace pkgserver-system",
      "ok       repositories: 1 Ready",
      "ok       packages: 0 package revisions, none in trouble",
    ]);
  });

  it("tells what the user may not do, and what is in trouble, with what helps", async ({ cli, env, packages }) => {
    const id = { target: "catalog", repository: "deployments", package: "nowhere", workspace: "first" };
    await env.waitForReason(await packages.create(id), "TargetRequired");
    const { code, stdout } = await cli.run(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +rights: you may look .*, propose and withdraw; not approve, register Repositories$/m);
    expect(stdout).toMatch(/^unknown +policies: you may not list admission policies$/m);
    expect(stdout).toMatch(
      /^unknown +operator: its version cannot be read: you may not get Deployments in .*\n {9}an /m,
    );
    expect(stdout).toMatch(
      /^warning +packages: \S+@first: TargetRequired: .*\n {9}to see it: kubectl pkg show \S+@first$/m,
    );
    const { findings } = JSON.parse(await cli("doctor", "-o", "json"));
    expect(findings.map(({ state }: { state: string }) => state)).toContain("warning");
  });

  it("finds a Repository that cannot be read, with exit code 1", async ({ cli, env, packages }) => {
    await env.applyRepository("lost");
    await env.waitForRepository("lost", "RepositoryNotFound");
    const { code, stdout, stderr } = await cli.run(["doctor"]);
    expect(stdout).toMatch(/^problem +repositories: lost: RepositoryNotFound: /m);
    expect([code, stderr]).toEqual([1, "error: 1 problem\n"]);
    await packages.request("admin", "delete", "repositories/lost");
  });

  it("tells the operator's version, and whether it runs", async ({ cli, env }) => {
    const { kubectl, kubeconfigs } = env.controlPlane;
    // Not in the namespace of the test.
    const admin = createKubectl(kubectl, kubeconfigs.admin);
    const system = "--namespace=pkgserver-system";
    const about = async () =>
      (await cli.run(["doctor"], { as: "admin" })).stdout.match(/^\w+ +operator: .*(\n {9}.*)?$/gm) ?? [];
    const create = async (image: string) => {
      const labels = { "app.kubernetes.io/name": "pkgserver", "app.kubernetes.io/version": "0.1.7" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "pkgserver", image }] } };
      const spec = { selector: { matchLabels: labels }, template };
      const metadata = { name: "pkgserver", namespace: "pkgserver-system", labels };
      await admin.applyYaml(JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec }), system);
    };
    const setAvailable = async (availableReplicas: number) => {
      const patch = JSON.stringify({ status: { replicas: 1, readyReplicas: 1, availableReplicas } });
      await admin("patch", "deployment", "pkgserver", system, "--subresource=status", "--type=merge", "-p", patch);
    };
    const report = async (renewTime: string) => {
      const metadata = { name: "pkgserver", namespace: "pkgserver-system" };
      const spec = { holderIdentity: "one", leaseDurationSeconds: 15, renewTime };
      const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
      await admin.applyYaml(JSON.stringify(lease), system);
    };
    try {
      await create("example.com/pkgserver:latest");
      expect(await about()).toEqual([
        "ok       operator: version 0.1.7",
        "problem  operator: 0 of 1 replicas are available\n" +
          "         to see why: kubectl --namespace pkgserver-system get pods",
        "problem  operator: none of its replicas has ever reported",
      ]);
      await setAvailable(1);
      await report(new Date().toISOString().replace("Z", "000Z"));
      expect((await about())[1]).toMatch(/^ok +operator: reported \d+s ago$/);
      await create("example.com:5000/pkgserver:v9.1.0@sha256:0123");
      await report("2026-01-01T00:00:00.000000Z");
      const [version, silent] = await about();
      expect(version).toMatch(/^warning +operator: version 9\.1\.0, and this program is 0\.1\.0\n {9}use the program/);
      expect(silent).toMatch(/^problem +operator: has not reported for \d+d\n/);
    } finally {
      await admin("delete", "deployment/pkgserver", "lease/pkgserver", system, "--ignore-not-found");
    }
  });

  it("says that a cluster has no pkgserver", async ({ cli }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-bare-"));
    const bare = await startControlPlane({ dir });
    try {
      const env = { KUBECONFIG: bare.kubeconfigs.admin };
      const doctor = await cli.run(["doctor"], { env });
      expect(doctor).toMatchObject({ code: 1, stderr: "error: 3 problems\n" });
      expect(doctor.stdout).toContain("problem  kinds: the API server does not know Repository\n");
      const get = await cli.run(["get"], { env });
      expect(get.code).toBe(1);
      expect(get.stderr).toContain("error: this cluster has no pkgserver");
    } finally {
      await bare.stop();
      await rm(dir, { recursive: true });
    }
  });
});
