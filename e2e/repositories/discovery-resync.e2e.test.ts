import { describe, expect } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { createKubectl, type Kubectl } from "../harness/kubectl.ts";
import { startOperator } from "../harness/operator.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { freeLikeCatalog, nestedCatalog } from "../testenv/sample-catalogs.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const big = "catalog.nested.distros.mgmt";
const catalogs = { nested: nestedCatalog, flat: freeLikeCatalog } as const;

let operator: Kubectl;
const it = testWithEnv("resync");

it.beforeAll(async ({ env }) => {
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

/** Every object of pkgserver with its resourceVersion, which every write changes. */
async function readVersions(env: TestEnv): Promise<readonly string[]> {
  const { items } = await env
    .as("admin")
    .getJson<{ items: { kind: string; metadata: { name: string; resourceVersion: string } }[] }>("pkg");
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
}

/** The operator's writes to the API server since its start, without renewals of the Lease: only these are PUTs. */
async function countWrites(env: TestEnv): Promise<number> {
  const metrics = await (await fetch(`${env.operator.url}/metrics`)).text();
  const counts = metrics.matchAll(/^rest_client_requests_total\{.*method="(?:POST|PATCH|DELETE)".*\} ([0-9]+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits for this many fetches of each remote. The reconciles that follow all but the last of these are done. */
async function waitForFetches(env: TestEnv, times: number): Promise<void> {
  const countFetches = (name: string) =>
    env.git.requests().filter((one) => one.path.startsWith(`/${name}.git/info/refs`)).length;
  const before = Object.keys(catalogs).map((name) => [name, countFetches(name)] as const);
  await waitUntil("both remotes were fetched", () =>
    before.every(([name, count]) => countFetches(name) >= count + times),
  );
}

/** The paths of the files on all pages of a package's contents. */
async function filesOf(env: TestEnv, name: string): Promise<readonly string[]> {
  const { items } = await env.as("admin").getJson<{ items: PackageRevisionResources[] }>("pkgres");
  const pages = items.filter(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}.page-`));
  return pages.flatMap(({ spec }) => Object.keys(spec.resources ?? {}));
}

describe("real catalogs", () => {
  it.for(Object.entries(catalogs))(
    "are counted, and every skipped ref has a reason: %s",
    async ([name, { counts, reasons }], { env }) => {
      const { status } = await env.repository(name);
      expect(status).toMatchObject(counts);
      const found = status?.skippedReasons ?? [];
      expect(Object.fromEntries(found.map(({ reason, count }) => [reason, count]))).toEqual(reasons);
      expect(new Set(status?.skipped?.map(({ reason }) => reason))).toEqual(new Set(Object.keys(reasons)));
    },
  );

  it("show a big package on several pages, without its nested packages", async ({ env }) => {
    const name = `${big}.v3.0.0`;
    expect((await env.contents(name)).status?.pages).toBe(4);
    const dashboards = Array.from({ length: 16 }, (_, index) => `dashboards/d${index + 10}.json`);
    expect([...(await filesOf(env, name))].sort()).toEqual(["README.md", ...dashboards]);
  });
});

describe("another full sync", () => {
  it("writes nothing to the API server and pushes nothing", async ({ env }) => {
    await waitForFetches(env, 1);
    const before = { versions: await readVersions(env), writes: await countWrites(env) };
    env.git.forgetRequests();
    await waitForFetches(env, 2);
    expect(await countWrites(env)).toBe(before.writes);
    expect(await readVersions(env)).toEqual(before.versions);
    expect(env.git.requests().filter((one) => one.path.includes("receive-pack"))).toEqual([]);
  });

  it("writes nothing after a restart", async ({ env }) => {
    const before = { versions: await readVersions(env), refs: await listRefs(env.git, "nested") };
    await env.restartOperator("stop");
    await waitForFetches(env, 2);
    expect(await readVersions(env)).toEqual(before.versions);
    // The SelfSubjectReview, which stores nothing: the operator asks for its own name, which the policies exempt.
    expect(await countWrites(env)).toBe(1);
    expect(await listRefs(env.git, "nested")).toBe(before.refs);
  });
});

describe("an object that is deleted or changed by another client", () => {
  const name = "catalog.flat.free-cp.v1";
  const published = async (env: TestEnv) => await env.waitForReason(name, "Published");

  it("is recreated with its contents if it is a published package revision; Git does not change", async ({ env }) => {
    const refs = await listRefs(env.git, "flat");
    const { uid } = (await published(env)).metadata;
    // As when its CRD is deleted: no admission policy applies then, nor do ours apply to the operator's identity.
    await operator("delete", "pkgrev", name, `--namespace=${env.namespace}`, "--wait=false");
    await env.waitFor(name, "is recreated", (one) => one.metadata.uid !== uid);
    await published(env);
    expect(Object.keys((await env.contents(name)).spec.resources ?? {})).toEqual(["cp.yaml"]);
    expect(await listRefs(env.git, "flat")).toBe(refs);
  });

  it("keeps its finalizer, and gets it again where it was lost", async ({ env }) => {
    const patch = ["--type=merge", '--patch={"metadata":{"finalizers":null}}'];
    // Before Kubernetes 1.36 the request is refused.
    await env
      .as("admin")("patch", "pkgrev", name, ...patch)
      .catch((error: Error) => {
        expect(error.message).toContain("is removed by the operator");
      });
    expect((await env.revision(name)).metadata.finalizers).toEqual(["pkg.pkgserver.dev/git"]);
    await operator("patch", "pkgrev", name, ...patch, `--namespace=${env.namespace}`);
    const recreated = await env.waitFor(
      name,
      "has its finalizer again",
      (one) => (one.metadata.finalizers ?? []).length > 0,
    );
    expect(recreated.metadata.finalizers).toEqual(["pkg.pkgserver.dev/git"]);
  });

  it("is recreated if it is a contents object, of a published revision or of a draft", async ({ env }) => {
    for (const one of [name, "catalog.flat.free-cp.fix-names"]) {
      const { uid } = (await env.contents(one)).metadata;
      await operator("delete", "pkgres", one, `--namespace=${env.namespace}`);
      const recreated = await waitUntil(`the contents of ${one} are recreated`, async () => await env.contents(one), {
        until: ({ metadata }) => metadata.uid !== uid,
      });
      expect(Object.keys(recreated.spec.resources ?? {})).toContain("cp.yaml");
    }
  });

  it("is recreated if it is a page of published contents", async ({ env }) => {
    const page = `${big}.v3.0.0.page-3`;
    const { metadata, spec } = await env.contents(page);
    await operator("delete", "pkgres", page, `--namespace=${env.namespace}`);
    const recreated = await waitUntil("page 3 is recreated", async () => await env.contents(page), {
      until: (one) => one.metadata.uid !== metadata.uid,
    });
    expect(recreated.spec).toEqual(spec);
  });

  it("is recreated if it is a page of a draft, and the next edit does not delete the page's files", async ({ env }) => {
    const name = `${big}.tuning`;
    const before = await filesOf(env, name);
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
    await waitUntil("all files are shown", async () => await filesOf(env, name), {
      until: (files) => [...files].sort().join() === [...before].sort().join(),
    });
  });
});
