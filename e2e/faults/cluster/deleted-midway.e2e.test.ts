import { describe, expect } from "vitest";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import type { Packages } from "../../testenv/packages.ts";

import { expectBack, expectWholeOrUntouched, type HeldPublication, holdPublication } from "./held-publications.ts";

const MOMENTS = ["before", "after"] as const;
const KINDS = ["packagerevisionresourceses", "packagerevisions", "repositories"] as const;

const it = testWithEnv("midway");

/** Names of all objects of ours. */
async function left(packages: Packages): Promise<readonly string[]> {
  const lists = await Promise.all(KINDS.map((kind) => packages.request("admin", "get", kind)));
  return lists
    .flatMap((list) => (list as unknown as { items: { metadata: { name: string } }[] }).items)
    .map((one) => one.metadata.name);
}

const gone = async (packages: Packages) =>
  void (await waitUntil("all objects are gone", async () => await left(packages), {
    until: (names) => names.length === 0,
  }));

/** Released one after the other, and looked at when the operator has let go of everything. */
async function comeToRest({ env, packages }: Fixtures, held: readonly HeldPublication[]): Promise<readonly boolean[]> {
  await Promise.all(held.map(({ hold }) => hold.release()));
  await gone(packages);
  return await Promise.all(held.map((one) => expectWholeOrUntouched(env, one)));
}

describe("in the middle of a publication", () => {
  it("a Repository that is deleted: all of it is done or nothing, and applying it again brings everything back", async ({
    env,
    packages,
  }) => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `repo-${at}`, at)));
    await Promise.all(held.map(({ repository }) => packages.request("carol", "delete", `repositories/${repository}`)));
    const done = await comeToRest({ env, packages }, held);
    // What the remote had taken is there.
    expect(done[1]).toBe(true);
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
      await packages.request("carol", "delete", `repositories/${one.repository}`);
    }
    await gone(packages);
  });

  it("a namespace that is deleted: the same, and nothing holds it up", async ({ env, packages }) => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `space-${at}`, at)));
    const admin = kubectlAs(env.controlPlane, "admin");
    await admin("delete", "namespace", env.namespace, "--wait=false");
    // What the namespace controller would do, which this control plane has not: one kind after the other, as it likes.
    for (const kind of KINDS) await packages.request("admin", "delete", kind);
    const done = await comeToRest({ env, packages }, held);
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
