import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitUntil } from "../../harness/wait.ts";
import { openPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { expectBack, expectWholeOrUntouched, type HeldPublication, holdPublication } from "./held-publications.ts";

const MOMENTS = ["before", "after"] as const;
const KINDS = ["packagerevisionresourceses", "packagerevisions", "repositories"] as const;

let world: TestEnv;
let packages: Packages;

beforeAll(async () => {
  world = await startTestEnv("midway");
  packages = await openPackages(world);
});

afterAll(async () => await world?.end());

/** Names of all objects of ours. */
async function left(): Promise<readonly string[]> {
  const lists = await Promise.all(KINDS.map((kind) => packages.ask("admin", "get", kind)));
  return lists
    .flatMap((list) => (list as unknown as { items: { metadata: { name: string } }[] }).items)
    .map((one) => one.metadata.name);
}

const gone = async () => void (await waitUntil("all objects are gone", left, { until: (names) => names.length === 0 }));

/** Released one after the other, and looked at when the operator has let go of everything. */
async function comeToRest(held: readonly HeldPublication[]): Promise<readonly boolean[]> {
  await Promise.all(held.map(({ hold }) => hold.release()));
  await gone();
  return await Promise.all(held.map((one) => expectWholeOrUntouched(world, one)));
}

describe("in the middle of a publication", () => {
  it("a Repository that is deleted: all of it is done or nothing, and applying it again brings everything back", async () => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(world, packages, `repo-${at}`, at)));
    await Promise.all(held.map(({ repository }) => packages.ask("carol", "delete", `repositories/${repository}`)));
    const done = await comeToRest(held);
    // What the remote had taken is there.
    expect(done[1]).toBe(true);
    for (const [index, one] of held.entries()) {
      await world.register(one.repository);
      await expectBack(world, packages, one, done[index] ?? false);
      await packages.ask("carol", "delete", `repositories/${one.repository}`);
    }
    await gone();
  });

  it("a namespace that is deleted: the same, and nothing holds it up", async () => {
    const held = await Promise.all(MOMENTS.map((at) => holdPublication(world, packages, `space-${at}`, at)));
    const admin = kubectlAs(world.controlPlane, "admin");
    await admin("delete", "namespace", world.namespace, "--wait=false");
    // What the namespace controller would do, which this control plane has not: one kind after the other, as it likes.
    for (const kind of KINDS) await packages.ask("admin", "delete", kind);
    const done = await comeToRest(held);
    expect(done[1]).toBe(true);
    const path = `/api/v1/namespaces/${world.namespace}`;
    const namespace = await admin.getJson<{ spec: object }>("namespace", world.namespace);
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
      async () => (await admin("get", "namespace", world.namespace, "--ignore-not-found")) === "",
    );

    await world.makeNamespace();
    for (const [index, one] of held.entries()) {
      await world.register(one.repository);
      await expectBack(world, packages, one, done[index] ?? false);
    }
  });
});
