import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { createKubectl, type Kubectl } from "../harness/kubectl.ts";
import { startOperator } from "../harness/operator.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { freeLikeCatalog, nestedCatalog } from "../testenv/sample-catalogs.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const big = "catalog.nested.distros.mgmt";
const catalogs = { nested: nestedCatalog, flat: freeLikeCatalog } as const;
let env: TestEnv;
let operator: Kubectl;
beforeAll(async () => {
  env = await startTestEnv("resync");
  operator = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.operator);
  for (const [name, { pushes }] of Object.entries(catalogs)) {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, ...pushes);
    await env.register(name, { sync: { interval: "1s" } });
  }
  await waitUntil("all package revisions are ready", async () => await env.revisions(), {
    until: (all) =>
      all.length === nestedCatalog.objects + freeLikeCatalog.objects &&
      all.every((one) => one.status?.conditions?.[0]?.status === "True"),
  });
});
afterAll(async () => await env?.end());

/** Every object of ours with the version that any write changes. */
async function versions(): Promise<readonly string[]> {
  const { items } = await env
    .as("admin")
    .getJson<{ items: { kind: string; metadata: { name: string; resourceVersion: string } }[] }>("pkg");
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
}

/** Writes to the API server since the operator began; the Lease is renewed by PUT, and nothing else here is. */
async function countWrites(): Promise<number> {
  const metrics = await (await fetch(`${env.operator.url}/metrics`)).text();
  const counts = metrics.matchAll(/^rest_client_requests_total\{.*method="(?:POST|PATCH|DELETE)".*\} ([0-9]+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits until both remotes were asked this often from now on: what followed from the last time but one is done. */
async function syncs(times: number): Promise<void> {
  const asked = (name: string) =>
    env.git.requests().filter((one) => one.path.startsWith(`/${name}.git/info/refs`)).length;
  const before = Object.keys(catalogs).map((name) => [name, asked(name)] as const);
  await waitUntil("both were asked", () => before.every(([name, count]) => asked(name) >= count + times));
}

/** The paths that all pages of a package's contents show. */
async function filesOf(name: string): Promise<readonly string[]> {
  const { items } = await env.as("admin").getJson<{ items: PackageRevisionResources[] }>("pkgres");
  const pages = items.filter(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}.page-`));
  return pages.flatMap(({ spec }) => Object.keys(spec.resources ?? {}));
}

describe("catalogs as they are", () => {
  it.each(Object.entries(catalogs))(
    "are counted, and every ref that is skipped has its reason: %s",
    async (name, { counts, reasons }) => {
      const { status } = await env.repository(name);
      expect(status).toMatchObject(counts);
      const found = (status?.skipped ?? []).map((one) => one.reason);
      expect(
        Object.fromEntries([...new Set(found)].sort().map((one) => [one, found.filter((r) => r === one).length])),
      ).toEqual(reasons);
    },
  );

  it("show a big package on several pages, and none of the packages below it", async () => {
    const name = `${big}.v3.0.0`;
    expect((await env.contents(name)).status?.pages).toBe(4);
    const dashboards = Array.from({ length: 16 }, (_, index) => `dashboards/d${index + 10}.json`);
    expect([...(await filesOf(name))].sort()).toEqual(["README.md", ...dashboards]);
  });
});

describe("another full sync", () => {
  it("writes nothing to the API server and pushes nothing", async () => {
    await syncs(1);
    const before = { versions: await versions(), writes: await countWrites() };
    env.git.forgetRequests();
    await syncs(2);
    expect(await countWrites()).toBe(before.writes);
    expect(await versions()).toEqual(before.versions);
    expect(env.git.requests().filter((one) => one.path.includes("receive-pack"))).toEqual([]);
  });

  it("writes nothing after a restart either", async () => {
    const before = { versions: await versions(), refs: await listRefs(env.git, "nested") };
    await env.restartOperator("stop");
    await syncs(2);
    expect(await versions()).toEqual(before.versions);
    expect(await countWrites()).toBe(0);
    expect(await listRefs(env.git, "nested")).toBe(before.refs);
  });
});

describe("what goes behind the operator's back", () => {
  const name = "catalog.flat.free-cp.v1";
  const published = async () => await env.waitForReason(name, "Published");

  it("a published package revision comes back with its contents, and Git is as before", async () => {
    const refs = await listRefs(env.git, "flat");
    const { uid } = (await published()).metadata;
    // As when its CRD is deleted: that asks no admission policy, and neither is the operator's identity held up by ours.
    await operator("delete", "pkgrev", name, `--namespace=${env.namespace}`, "--wait=false");
    await env.waitFor(name, "is another object", (one) => one.metadata.uid !== uid);
    await published();
    expect(Object.keys((await env.contents(name)).spec.resources ?? {})).toEqual(["cp.yaml"]);
    expect(await listRefs(env.git, "flat")).toBe(refs);
  });

  it("a finalizer comes back", async () => {
    const patch = ["--type=merge", '--patch={"metadata":{"finalizers":null}}'];
    await expect(env.as("admin")("patch", "pkgrev", name, ...patch)).rejects.toThrow("removed by the operator");
    await operator("patch", "pkgrev", name, ...patch, `--namespace=${env.namespace}`);
    const back = await env.waitFor(name, "has its finalizer", (one) => (one.metadata.finalizers ?? []).length > 0);
    expect(back.metadata.finalizers).toEqual(["pkg.pkgserver.dev/git"]);
  });

  it("contents that are deleted come back, of the published and of a draft", async () => {
    for (const one of [name, "catalog.flat.free-cp.fix-names"]) {
      const { uid } = (await env.contents(one)).metadata;
      await operator("delete", "pkgres", one, `--namespace=${env.namespace}`);
      const back = await waitUntil(`the contents of ${one} are back`, async () => await env.contents(one), {
        until: ({ metadata }) => metadata.uid !== uid,
      });
      expect(Object.keys(back.spec.resources ?? {})).toContain("cp.yaml");
    }
  });

  it("a page of published contents comes back", async () => {
    const page = `${big}.v3.0.0.page-3`;
    const { metadata, spec } = await env.contents(page);
    await operator("delete", "pkgres", page, `--namespace=${env.namespace}`);
    const back = await waitUntil("page 3 is back", async () => await env.contents(page), {
      until: (one) => one.metadata.uid !== metadata.uid,
    });
    expect(back.spec).toEqual(spec);
  });

  it("a page of a draft comes back, and the next edit does not take its files for deleted", async () => {
    const name = `${big}.tuning`;
    const before = await filesOf(name);
    await env.operator.stop();
    await operator("delete", "pkgres", `${name}.page-3`, `--namespace=${env.namespace}`);
    const edit = ["--type=merge", '--patch={"spec":{"resources":{"README.md":"tuned again\\n"}}}'];
    await env.as("alice")("patch", "pkgres", name, ...edit);
    env.operator = await startOperator(env.operatorSpec);
    await waitUntil("the edit is in Git", async () => await env.contents(name), {
      until: ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    });
    const changed = await env.git.git("nested", "diff", "--name-status", "distros/mgmt/tuning~", "distros/mgmt/tuning");
    expect(changed.trim()).toBe("M\tdistros/mgmt/README.md");
    await waitUntil("all files are shown again", async () => await filesOf(name), {
      until: (files) => [...files].sort().join() === [...before].sort().join(),
    });
  });
});
