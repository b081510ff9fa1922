import { describe, expect } from "vitest";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import type { Packages } from "../../testenv/packages.ts";

import { expectBack, expectWholeOrUntouched, type HeldPublication, holdPublication } from "./held-publications.ts";

const MOMENTS = ["before", "after"] as const;
const KINDS = ["packagerevisionresourceses", "packagerevisions", "repositories"] as const;

const it = testWithEnv("midway");

/** The names of all objects of pkgserver. */
async function listObjects(packages: Packages): Promise<readonly string[]> {
  const lists = await Promise.all(KINDS.map((kind) => packages.request("admin", "get", kind)));
  return lists
    .flatMap((list) => (list as unknown as { items: { metadata: { name: string } }[] }).items)
    .map((one) => one.metadata.name);
}

const waitUntilGone = async (packages: Packages) =>
  void (await waitUntil("all objects are gone", async () => await listObjects(packages), {
    until: (names) => names.length === 0,
  }));

/** Releases the pushes, waits until all objects are deleted, and returns which publications are done. */
async function releaseAll({ env, packages }: Fixtures, held: readonly HeldPublication[]): Promise<readonly boolean[]> {
  await Promise.all(held.map(({ hold }) => hold.release()));
  await waitUntilGone(packages);
  return await Promise.all(held.map((one) => expectWholeOrUntouched(env, one)));
}

describe("a deletion during a publication", () => {
  it("of the Repository leaves the publication whole or absent; applied again, everything is restored", async ({
    env,
    packages,
  }) => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `repo-${at}`, at)));
    await Promise.all(held.map(({ repository }) => packages.request("carol", "delete", `repositories/${repository}`)));
    const done = await releaseAll({ env, packages }, held);
    // The remote had accepted this push.
    expect(done[1]).toBe(true);
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
      await packages.request("carol", "delete", `repositories/${one.repository}`);
    }
    await waitUntilGone(packages);
  });

  it("of the namespace leaves the publication whole or absent, and no finalizer blocks it", async ({
    env,
    packages,
  }) => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `space-${at}`, at)));
    const admin = kubectlAs(env.controlPlane, "admin");
    await admin("delete", "namespace", env.namespace, "--wait=false");
    // As the namespace controller would do, in any order of kinds: this control plane has none.
    for (const kind of KINDS) await packages.request("admin", "delete", kind);
    const done = await releaseAll({ env, packages }, held);
    expect(done[1]).toBe(true);
    const path = `/api/v1/namespaces/${env.namespace}`;
    const namespace = await admin.getJson<{ spec: object }>("namespace", env.namespace);
    await admin.withInput(
      JSON.stringify({ ...namespace, spec: { finalizers: [] } }),
      "replace",
      "--raw",
      `${path}/finalize`,
      "-f",
      "-",
    );
    await waitUntil(
      "the namespace is gone",
      async () => (await admin("get", "namespace", env.namespace, "--ignore-not-found")) === "",
    );

    await env.createNamespace();
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
    }
  });
});
