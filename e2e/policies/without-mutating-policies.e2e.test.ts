import { describe } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { startOwnControlPlane } from "../testenv/own-control-plane.ts";
import { APPROVAL, annotate, draft, moveTo, PROPOSED_BY, proposed, waiting } from "./cases/case.ts";
import { it as base, expectResponse, type Given, type PolicyTestEnv, type User } from "./testenv.ts";

// A control plane of its own, as Kubernetes before 1.36 has it: users write what mutating policies would fill in.
const it = base
  .override("mutating", { scope: "file" }, () => false)
  .override("controlPlane", { scope: "file" }, async ({ mutating }, { onCleanup }) => {
    const own = await startOwnControlPlane("validating");
    onCleanup(() => own.end());
    if (!mutating) await kubectlAs(own.controlPlane, "admin")("delete", "mutatingadmissionpolicybindings", "--all");
    return own.provided;
  });

async function merge(env: PolicyTestEnv, user: User, given: Given, patch: object) {
  const object = await env.arrange(given);
  return env.requestAs(user, "merge", `${env.revisions}/${object.metadata.name}`, patch);
}

describe("validating policies without mutating ones", () => {
  it("name the digest and the approver that an approval lacks", async ({ env }) => {
    expectResponse(
      await merge(env, "bob", proposed, moveTo("published")),
      "spec.approval is missing: approve with {lifecycle: published, approval: {digest: sha256:1111, by: bob}}",
    );
    expectResponse(await merge(env, "bob", proposed, moveTo("published", { approval: APPROVAL })));
  });

  it("refuse to take a publication back while its approval stays", async ({ env }) => {
    expectResponse(
      await merge(env, "alice", waiting, moveTo("proposed")),
      "spec.approval must go when the wish to publish is taken back: patch it to null together with spec.lifecycle",
    );
    expectResponse(await merge(env, "alice", waiting, moveTo("proposed", { approval: null })));
  });

  it("refuse a proposer's name that is another user's or left from an earlier proposal", async ({ env }) => {
    const named = (name: string | null) => ({ ...moveTo("proposed"), ...annotate(PROPOSED_BY, name) });
    const rejected: Given = { ...draft, metadata: proposed.metadata ?? {} };
    const refused = (user: User) => `must be the name of who proposes, ${user}, or be left out`;
    expectResponse(await merge(env, "alice", draft, moveTo("proposed")));
    expectResponse(await merge(env, "alice", draft, named("alice")));
    expectResponse(await merge(env, "alice", draft, named("bob")), refused("alice"));
    expectResponse(await merge(env, "bob", rejected, moveTo("proposed")), refused("bob"));
    expectResponse(await merge(env, "bob", rejected, named("bob")));
    expectResponse(await merge(env, "bob", rejected, named(null)));
  });
});
