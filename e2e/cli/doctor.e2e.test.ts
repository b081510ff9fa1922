import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startControlPlane } from "../harness/control-plane.ts";
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
