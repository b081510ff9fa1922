import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubectl, type Kubectl } from "./harness/kubectl.ts";
import { waitUntil } from "./harness/wait.ts";
import { freeLikeCatalog, nestedCatalog } from "./sample-catalogs.ts";
import { listRefs, pushAsSomebody } from "./somebody.ts";
import { startWorld, type World } from "./world.ts";

const catalogs = { nested: nestedCatalog, flat: freeLikeCatalog } as const;
let world: World;
let operator: Kubectl;
beforeAll(async () => {
  world = await startWorld("resync");
  operator = createKubectl(world.controlPlane.kubectl, world.controlPlane.kubeconfigs.operator);
  for (const [name, { pushes }] of Object.entries(catalogs)) {
    await world.git.createRepository(name);
    await pushAsSomebody(world.git, name, ...pushes);
    await world.register(name, { sync: { interval: "1s" } });
  }
  await waitUntil("all package revisions are ready", async () => await world.revisions(), {
    until: (all) =>
      all.length === nestedCatalog.objects + freeLikeCatalog.objects &&
      all.every((one) => one.status?.conditions?.[0]?.status === "True"),
  });
});
afterAll(async () => await world?.end());

/** Every object of ours with the version that any write changes. */
async function versions(): Promise<readonly string[]> {
  const { items } = await world
    .as("admin")
    .getJson<{ items: { kind: string; metadata: { name: string; resourceVersion: string } }[] }>("pkg");
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
}

/** Writes to the API server since the operator began; the Lease is renewed by PUT, and nothing else here is. */
async function countWrites(): Promise<number> {
  const metrics = await (await fetch(`${world.operator.url}/metrics`)).text();
  const counts = metrics.matchAll(/^rest_client_requests_total\{.*method="(?:POST|PATCH|DELETE)".*\} ([0-9]+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits until both remotes were asked twice from now on: what followed from the first time is done. */
async function twoSyncs(): Promise<void> {
  const asked = (name: string) =>
    world.git.requests().filter((one) => one.path.startsWith(`/${name}.git/info/refs`)).length;
  const before = Object.keys(catalogs).map((name) => [name, asked(name)] as const);
  await waitUntil("both were asked twice", () => before.every(([name, count]) => asked(name) >= count + 2));
}

describe("catalogs as they are", () => {
  it.each(Object.entries(catalogs))(
    "are counted, and every ref that is skipped has its reason: %s",
    async (name, { counts, reasons }) => {
      const { status } = await world.repository(name);
      expect(status).toMatchObject(counts);
      const found = (status?.skipped ?? []).map((one) => one.reason);
      expect(
        Object.fromEntries([...new Set(found)].sort().map((one) => [one, found.filter((r) => r === one).length])),
      ).toEqual(reasons);
    },
  );

  it("show a big package on several pages, and none of the packages below it", async () => {
    const name = "catalog.nested.distros.mgmt.v3.0.0";
    const first = await world.contents(name);
    expect(first.status?.pages).toBe(4);
    const pages = await Promise.all([2, 3, 4].map((page) => world.contents(`${name}.page-${page}`)));
    const files = [first, ...pages].flatMap(({ spec }) => Object.keys(spec.resources ?? {}));
    expect(files.sort()).toEqual([
      "README.md",
      ...Array.from({ length: 16 }, (_, index) => `dashboards/d${index + 10}.json`),
    ]);
  });
});

describe("another full sync", () => {
  it("writes nothing to the API server and pushes nothing", async () => {
    await twoSyncs();
    const before = { versions: await versions(), writes: await countWrites() };
    world.git.forgetRequests();
    await twoSyncs();
    expect(await countWrites()).toBe(before.writes);
    expect(await versions()).toEqual(before.versions);
    expect(world.git.requests().filter((one) => one.path.includes("receive-pack"))).toEqual([]);
  });

  it("writes nothing after a restart either", async () => {
    const before = { versions: await versions(), refs: await listRefs(world.git, "nested") };
    await world.restartOperator("stop");
    await twoSyncs();
    expect(await versions()).toEqual(before.versions);
    expect(await countWrites()).toBe(0);
    expect(await listRefs(world.git, "nested")).toBe(before.refs);
  });
});

describe("what goes behind the operator's back", () => {
  const name = "catalog.flat.free-cp.v1";
  const published = async () => await world.waitForReason(name, "Published");

  it("a published package revision comes back with its contents, and Git is as before", async () => {
    const refs = await listRefs(world.git, "flat");
    const { uid } = (await published()).metadata;
    // As when its CRD is deleted: that asks no admission policy, and neither is the operator's identity held up by ours.
    await operator("delete", "pkgrev", name, `--namespace=${world.namespace}`, "--wait=false");
    await world.waitFor(name, "is another object", (one) => one.metadata.uid !== uid);
    await published();
    expect(Object.keys((await world.contents(name)).spec.resources ?? {})).toEqual(["cp.yaml"]);
    expect(await listRefs(world.git, "flat")).toBe(refs);
  });

  it("one whose finalizer an administrator took away has it again", async () => {
    await world.as("admin")("patch", "pkgrev", name, "--type=merge", '--patch={"metadata":{"finalizers":null}}');
    const has = await world.waitFor(name, "has its finalizer", (one) => (one.metadata.finalizers ?? []).length > 0);
    expect(has.metadata.finalizers).toEqual(["pkg.pkgserver.dev/git"]);
  });

  it("contents that are deleted come back, of the published and of a draft", async () => {
    for (const one of [name, "catalog.flat.free-cp.fix-names"]) {
      const { uid } = (await world.contents(one)).metadata;
      await operator("delete", "pkgres", one, `--namespace=${world.namespace}`);
      const back = await waitUntil(`the contents of ${one} are back`, async () => await world.contents(one), {
        until: ({ metadata }) => metadata.uid !== uid,
      });
      expect(Object.keys(back.spec.resources ?? {})).toContain("cp.yaml");
    }
  });

  it("a page of contents that is deleted comes back", async () => {
    const page = "catalog.nested.distros.mgmt.v3.0.0.page-3";
    const { metadata, spec } = await world.contents(page);
    await operator("delete", "pkgres", page, `--namespace=${world.namespace}`);
    const back = await waitUntil("page 3 is back", async () => await world.contents(page), {
      until: (one) => one.metadata.uid !== metadata.uid,
      timeoutMs: 10_000,
    });
    expect(back.spec).toEqual(spec);
  });
});
