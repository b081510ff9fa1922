import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { expectBack, expectWholeOrUntouched, type HeldPublication, holdPublication } from "./held-publications.ts";

const MOMENTS = ["before", "after"] as const;
const KINDS = ["packagerevisionresourceses", "packagerevisions", "repositories"] as const;

let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  env = await startTestEnv("midway");
  packages = await createPackages(env);
});

afterAll(async () => await env?.end());

/** Names of all objects of ours. */
async function left(): Promise<readonly string[]> {
  const lists = await Promise.all(KINDS.map((kind) => packages.request("admin", "get", kind)));
  return lists
    .flatMap((list) => (list as unknown as { items: { metadata: { name: string } }[] }).items)
    .map((one) => one.metadata.name);
}

const gone = async () => void (await waitUntil("all objects are gone", left, { until: (names) => names.length === 0 }));

/** Released one after the other, and looked at when the operator has let go of everything. */
async function comeToRest(held: readonly HeldPublication[]): Promise<readonly boolean[]> {
  await Promise.all(held.map(({ hold }) => hold.release()));
  await gone();
  return await Promise.all(held.map((one) => expectWholeOrUntouched(env, one)));
}

describe("in the middle of a publication", () => {
  it("a Repository that is deleted: all of it is done or nothing, and applying it again brings everything back", async () => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `repo-${at}`, at)));
    await Promise.all(held.map(({ repository }) => packages.request("carol", "delete", `repositories/${repository}`)));
    const done = await comeToRest(held);
    // What the remote had taken is there.
    expect(done[1]).toBe(true);
    for (const [index, one] of held.entries()) {
      await env.register(one.repository);
      await expectBack(env, packages, one, done[index] ?? false);
      await packages.request("carol", "delete", `repositories/${one.repository}`);
    }
    await gone();
  });

  it("a namespace that is deleted: the same, and nothing holds it up", async () => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(env, packages, `space-${at}`, at)));
    const admin = kubectlAs(env.controlPlane, "admin");
    await admin("delete", "namespace", env.namespace, "--wait=false");
    // What the namespace controller would do, which this control plane has not: one kind after the other, as it likes.
    for (const kind of KINDS) await packages.request("admin", "delete", kind);
    const done = await comeToRest(held);
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
