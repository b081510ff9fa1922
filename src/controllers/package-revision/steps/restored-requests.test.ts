import { describe, expect, it } from "vitest";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { StepEnv } from "../testing/step-env.ts";

/** As `settle`, by an operator that was started after the restore. */
async function settleAnew(env: StepEnv, name: string): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const before = env.writes();
    await env.reconcileWith(name, {});
    const now = env.writes();
    if (now.api === before.api && now.pushes === before.pushes) return;
  }
  throw new Error(`${name} does not converge`);
}

/** The time of ann's request to propose, which waits; then a restore to that time, when Git has more. */
async function restoredRequest() {
  const env = await StepEnv.open({ readinessGates: [{ conditionType: "example.com/scanned" }] });
  const name = await env.draft("dns", { f: "of ann" });
  env.api.patch("packagerevisions", name, {
    spec: { lifecycle: "proposed" },
    metadata: { annotations: { [ANNOTATION_PROPOSED_BY]: "ann" } },
  });
  await env.settle(name);
  const backup = env.api.stored;
  expect(env.revision(name).status?.lifecycle).toBe("draft");
  // Withdrawn; eve edits.
  env.user.setLifecycle(name, "draft");
  await env.settle(name);
  env.edit(name, { f: "of eve" }, "eve");
  await env.settle(name);
  expect(env.filesAt("refs/heads/dns/one")).toEqual({ "dns/f": "of eve" });
  env.api.restore(backup);
  env.contents.forgetAll();
  return { env, name };
}

/** eve edits and proposes, and then the objects are restored. */
async function proposeAndRestore(env: StepEnv, name: string, backup: StepEnv["api"]["stored"]): Promise<void> {
  env.edit(name, { f: "new" }, "eve");
  await env.settle(name);
  env.user.setLifecycle(name, "proposed");
  await env.settle(name);
  env.api.restore(backup);
  env.contents.forgetAll();
}

describe("an object that was restored from an older etcd", () => {
  it("after a restore, nobody proposes files of others that came after the request", async () => {
    const { env, name } = await restoredRequest();
    await settleAnew(env, name);
    const { status } = env.revision(name);
    const { contentDigest: digest } = status ?? {};
    env.api.patchStatus("packagerevisions", name, {
      status: { gates: [{ conditionType: "example.com/scanned", digest, status: "True" }] },
    });
    await settleAnew(env, name);
    const { proposal } = env.revision(name).status ?? {};
    expect(proposal?.by).not.toBe("ann");
  });

  it("after a restore to a finished proposal, a later one in Git is not shown with the older contents", async () => {
    const env = await StepEnv.open();
    const name = await env.proposal("dns", { f: "old" });
    const backup = env.api.stored;
    env.user.setLifecycle(name, "draft");
    await env.settle(name);
    await proposeAndRestore(env, name, backup);
    await settleAnew(env, name);
    expect(env.page(name).spec.resources).toEqual({ f: "new" });
  });

  it("after a restore to a new object, the contents are those of the proposal", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "old" });
    const backup = env.api.stored;
    await proposeAndRestore(env, name, backup);
    const object = env.revision(name);
    env.api.stored = {
      ...env.api.stored,
      packagerevisions: new Map([
        [name, { ...object, spec: { ...object.spec, lifecycle: "proposed" }, status: undefined } as never],
      ]),
    };
    await settleAnew(env, name);
    const { status } = env.revision(name);
    if (status?.proposal !== undefined) expect(env.page(name).spec.resources).toEqual({ f: "new" });
  });
});
