import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startControlPlane } from "../harness/control-plane.ts";
import { installPkgserver } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { draft, proposed, waiting } from "./cases.ts";
import { createPolicyTestEnv, expectAnswer, type Given, type PolicyTestEnv, type User } from "./testenv.ts";

const PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
let env: PolicyTestEnv;
const cleanUps: (() => Promise<void>)[] = [];

// A control plane of its own, as Kubernetes before 1.36 has it: nothing is filled in, so users say it themselves.
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-validating-"));
  cleanUps.push(() => rm(dir, { recursive: true, force: true }));
  const started = await startControlPlane({ dir });
  cleanUps.push(() => started.stop());
  const operator = await installPkgserver(started);
  const controlPlane = { ...started, kubeconfigs: { ...started.kubeconfigs, operator } };
  const kubectl = kubectlAs(started, "admin");
  await kubectl("delete", "mutatingadmissionpolicybindings", "--all");
  env = await createPolicyTestEnv(controlPlane, "policies-validating", { mutating: false });
});

afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

async function merge(user: User, given: Given, patch: object) {
  const object = await env.arrange(given);
  return env.requestAs(user, "merge", `${env.revisions}/${object.metadata.name}`, patch);
}

describe("policies without mutating admission", () => {
  const APPROVAL = { digest: "sha256:1111", by: "bob" };

  it("say what a plain approval lacks", async () => {
    const plain = { spec: { lifecycle: "published" } };
    expectAnswer(
      await merge("bob", proposed, plain),
      "spec.approval is missing: approve with {lifecycle: published, approval: {digest: sha256:1111, by: bob}}",
    );
    expectAnswer(await merge("bob", proposed, { spec: { ...plain.spec, approval: APPROVAL } }));
  });

  it("have the approval dropped by who takes the wish back", async () => {
    expectAnswer(
      await merge("alice", waiting, { spec: { lifecycle: "proposed" } }),
      "spec.approval must go when the wish to publish is taken back: patch it to null together with spec.lifecycle",
    );
    expectAnswer(await merge("alice", waiting, { spec: { lifecycle: "proposed", approval: null } }));
  });

  it("take a proposer's own name or none, never one left from before", async () => {
    const wish = { spec: { lifecycle: "proposed" } };
    const named = (name: string | null) => ({ ...wish, metadata: { annotations: { [PROPOSED_BY]: name } } });
    const before: Given = { ...draft, metadata: proposed.metadata ?? {} };
    expectAnswer(await merge("alice", draft, wish));
    expectAnswer(await merge("alice", draft, named("alice")));
    expectAnswer(await merge("alice", draft, named("bob")), "must be the name of who proposes, alice, or be left out");
    expectAnswer(await merge("bob", before, wish), "must be the name of who proposes, bob, or be left out");
    expectAnswer(await merge("bob", before, named("bob")));
    expectAnswer(await merge("bob", before, named(null)));
  });
});
