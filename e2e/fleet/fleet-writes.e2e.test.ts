import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { waitUntil } from "../harness/wait.ts";
import { startCountingApiProxy } from "../testenv/counting-api-proxy.ts";
import { test } from "../testenv/fixtures.ts";
import { conditionOf, renderedFiles } from "../testenv/pipeline-packages.ts";
import { createVariantSets } from "../testenv/variant-sets.ts";

const COUNT = 20;
const CATALOG = { repository: "catalog", package: "shop" };
const NAMES = Array.from({ length: COUNT }, (_, at) => ({ name: `t${at}` }));
const TEMPLATE = {
  upstream: CATALOG,
  downstream: { target: `${"$"}{target.name}`, repository: "deployments", package: "shop" },
};
const INPUT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" } };
const MORE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n";

const it = test
  .extend("proxy", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-count-"));
    const proxy = await startCountingApiProxy(inject("controlPlane"), join(dir, "kubeconfig"));
    onCleanup(async () => {
      await proxy.stop();
      await rm(dir, { recursive: true, force: true });
    });
    return proxy;
  })
  .extend("envOptions", { scope: "file" }, async ({ proxy }) => ({
    prefix: "count",
    operator: { kubeconfig: proxy.kubeconfig },
  }))
  .extend("sets", { scope: "file" }, async ({ env }) => await createVariantSets(env))
  .extend("fleet", { scope: "file" }, async ({ env, sets, proxy }) => {
    const list = async () => {
      const { items } = await env.as("admin").getJson<{ items: readonly PackageRevision[] }>("pkgrev");
      return items.filter(({ spec }) => spec.packageRevID.repository === "deployments");
    };
    const isRendered = (one: PackageRevision) =>
      one.status?.lifecycle === "draft" && conditionOf(one, "Rendered")?.reason === "Rendered";
    const requests = () => env.git.requests().filter(({ method }) => method === "POST");
    const countRequests = (repository: string, service: string) =>
      requests().filter(({ path }) => path.endsWith(`/${repository}.git/git-${service}`)).length;
    return {
      list,
      waitForDrafts: async (what: string, until: (one: PackageRevision) => boolean = () => true) => {
        await waitUntil(`all drafts are ${what}`, list, {
          until: (all) => all.filter((one) => isRendered(one) && until(one)).length === COUNT,
        });
        await sets.waitFor("fleet", "counts them", ({ status }) => status?.ready === COUNT);
      },
      /** What was requested since the last call. */
      take: () => {
        const taken = proxy.take();
        const [pushes, fetches] = [
          countRequests("deployments", "receive-pack"),
          countRequests("catalog", "upload-pack"),
        ];
        env.git.forgetRequests();
        return { ...taken, pushes, fetches };
      },
    };
  });

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await packages.createPublished({ ...CATALOG, workspace: "one" }, renderedFiles("shop"));
});

/**
 * What each target costs, and half as much again: a render that takes longer than two seconds on a slow machine comes
 * with writes of its own. One more write for each target is too much.
 */
function expectForEach(taken: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  const isOfTargets = (what: string) => /^(?:POST|PUT|PATCH|DELETE) package(?:revision|variant)(?!sets)/.test(what);
  const found = Object.keys(taken).filter(isOfTargets);
  for (const what of new Set([...found, ...Object.keys(expected)])) {
    const most = COUNT * ((expected[what] ?? 0) + 0.5);
    expect(taken[what] ?? 0, `${what} of ${COUNT} targets`).toBeLessThan(most);
  }
}

const NEW_DRAFT = {
  "POST packagerevisions": 1,
  "POST packagerevisionresourceses": 1,
  "PATCH packagerevisionresourceses/status": 1,
  "PATCH packagerevisions/status": 1,
  "PATCH packagevariants/status": 1,
};

describe("a set of 20 targets", () => {
  it("writes nothing twice, pushes for many targets at once, and fetches its upstream once", async ({
    packages,
    sets,
    fleet,
  }) => {
    fleet.take();
    await sets.create("fleet", { targets: [{ list: NAMES }], template: TEMPLATE });
    await fleet.waitForDrafts("rendered");
    const created = fleet.take();
    expectForEach(created, { ...NEW_DRAFT, "POST packagevariants": 1 });
    expect(created.pushes).toBeLessThan(COUNT / 2);
    expect(created.fetches).toBe(0);

    const names = (await fleet.list()).map(({ metadata }) => metadata.name);
    await forEachLimited(names, 8, async (name) => void (await packages.publish(name)));
    await sets.waitFor("fleet", "counts what is published", ({ status }) => status?.published === COUNT);
    expectForEach(fleet.take(), {
      "PATCH packagerevisions": 1,
      "PATCH packagerevisions/status": 2,
      "PATCH packagerevisionresourceses/status": 2,
      "PATCH packagevariants/status": 2,
    });

    await sets.patch("fleet", { spec: { template: { packageContext: { inputs: [INPUT] } } } });
    await fleet.waitForDrafts("with the input", ({ spec }) => spec.inputs !== undefined);
    const changed = fleet.take();
    expectForEach(changed, { ...NEW_DRAFT, "PUT packagevariants": 1 });
    expect(changed.pushes).toBeLessThan(COUNT / 2);

    await packages.createPublished({ ...CATALOG, workspace: "two" }, { ...renderedFiles("shop"), "more.yaml": MORE });
    await fleet.waitForDrafts("upgraded", ({ status }) => status?.upstreamLock?.revision === "v2");
    const upgraded = fleet.take();
    expectForEach(upgraded, {
      ...NEW_DRAFT,
      // The upgrade that the draft before and what is published have is reported.
      "PATCH packagerevisions/status": 3,
      // Nobody edits the draft before while it is deleted.
      "PATCH packagerevisionresourceses/status": 2,
      "DELETE packagerevisions": 1,
      "DELETE packagerevisionresourceses": 1,
      "PATCH packagerevisions": 1,
    });
    // One for the deletion of the drafts before, one for the new ones, if all came at once.
    expect(upgraded.pushes).toBeLessThan(COUNT);
    expect(upgraded.fetches).toBeLessThan(3);
  });
});
