import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";

const BRANCH = "refs/heads/dns/one";
/** More than a reconcile of a draft or of a request to propose writes. */
const MAX_WRITES = 5;
const counts = Array.from({ length: MAX_WRITES }, (_, writes) => writes);

const CHANGES = {
  edit: (env: StepEnv, name: string) => env.edit(name, { f: "mine" }),
  label: (env: StepEnv, name: string) => env.user.label(name, "storage"),
  both: (env: StepEnv, name: string) => {
    CHANGES.edit(env, name);
    CHANGES.label(env, name);
  },
};

describe.each(["edit", "label", "both"] as const)("a request to propose after the proposer's change (%s)", (change) => {
  it.each(counts.flatMap((first) => counts.map((second) => [first, second] as const)))(
    "stands where the operator ends after %i writes of the change, and after %i of the request",
    async (...ends) => {
      const [first, second] = ends;
      const env = await StepEnv.open();
      const name = await env.draft("dns", { f: "old" });
      CHANGES[change](env, name);
      await env.reconcileUntilEnded(name, first);
      env.user.setLifecycle(name, "proposed");
      await env.reconcileUntilEnded(name, second);
      await env.settle(name);
      const { status } = env.revision(name);
      expect({ lifecycle: status?.lifecycle, takenBack: status?.takenBack }).toEqual({ lifecycle: "proposed" });
      expect(env.filesAt(BRANCH)).toEqual({ "dns/f": change === "label" ? "old" : "mine" });
    },
  );
});

describe("a withdrawal", () => {
  it.each(counts)("is no external commit where the operator ends after %i writes of it", async (writes) => {
    const env = await StepEnv.open();
    const name = await env.proposal("dns", { f: "mine" });
    const proposed = env.commitOf(BRANCH);
    env.user.setLifecycle(name, "draft");
    await env.reconcileUntilEnded(name, writes);
    await env.settle(name);
    const { status } = env.revision(name);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    expect({ reason: ready?.reason, voided: status?.voided }).toEqual({ reason: "Draft" });
    expect(env.events.filter((reason) => reason === "ProposalVoided")).toEqual([]);
    expect(env.messageOf(BRANCH)).toContain("Return dns (one) to draft");
    expect(env.page(name).status).toMatchObject({ frozen: false, commit: env.commitOf(BRANCH) });
    // Only one commit records it.
    expect(env.remote.commits.get(env.commitOf(BRANCH) ?? "")?.parents).toEqual([proposed]);
  });

  it("is not taken for a commit of other files that the operator signed for an earlier state of the draft", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "old" });
    const old = env.commitOf(BRANCH) ?? "";
    env.edit(name, { f: "mine" });
    await env.settle(name);
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    env.user.setLifecycle(name, "draft");
    env.remote.setRef(BRANCH, { oid: old, commit: old });
    await env.store.fetch();
    await env.reconcile(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "draft", voided: expect.stringContaining(old) });
    expect(env.revision(name).status?.commit).not.toBe(old);
  });
});
