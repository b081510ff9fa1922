import { describe, expect, it } from "vitest";
import { ANNOTATION_REJECTION_REASON } from "../../../api/v1alpha1/well-known.ts";
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

type Open = () => Promise<StepEnv>;
const WORLDS: readonly (readonly [string, Open])[] = [
  ["are known at once", async () => await StepEnv.open()],
  ["take time, and are lost with the process", async () => await StepEnv.openWithRuns()],
];

/** Of the commits of the branch, the last one first. */
function subjectsOf(env: StepEnv): readonly string[] {
  const subjects: string[] = [];
  for (let commit = env.commitOf(BRANCH); commit !== undefined; commit = env.remote.commits.get(commit)?.parents[0])
    subjects.push(env.remote.commits.get(commit)?.message.split("\n")[0] ?? "");
  return subjects;
}

interface UserRequest {
  readonly name: string;
  /** False where admission refuses it for now. */
  readonly act: (env: StepEnv, name: string) => boolean;
}

const always = (act: (env: StepEnv, name: string) => unknown) => (env: StepEnv, name: string) => {
  act(env, name);
  return true;
};
/** A revision's whole life, of one user and an approver. */
const LIFE: readonly UserRequest[] = [
  { name: "edit", act: always((env, name) => env.edit(name, { f: "mine" })) },
  { name: "label", act: always((env, name) => env.user.label(name, "storage")) },
  { name: "propose", act: (env, name) => env.user.setLifecycle(name, "proposed") },
  { name: "withdraw", act: (env, name) => env.user.setLifecycle(name, "draft") },
  { name: "propose again", act: (env, name) => env.user.setLifecycle(name, "proposed") },
  { name: "reject", act: (env, name) => env.user.reject(name, "too small") },
  { name: "propose once more", act: (env, name) => env.user.setLifecycle(name, "proposed") },
  { name: "approve", act: (env, name) => env.user.approve(name) },
  { name: "propose the deletion", act: (env, name) => env.user.proposeDeletion(name, "deletionProposed") },
  { name: "take that back", act: (env, name) => env.user.proposeDeletion(name, "published") },
  { name: "propose it again", act: (env, name) => env.user.proposeDeletion(name, "deletionProposed") },
];

/** Makes the requests; the operator ends during those that `ends` has, after that many writes. */
async function live(open: Open, ends: ReadonlyMap<number, number>) {
  const env = await open();
  const name = await env.draft("dns", { f: "old" });
  for (const [index, { name: request, act }] of LIFE.entries()) {
    if (!act(env, name)) {
      await env.settle(name);
      expect([request, act(env, name)], JSON.stringify([...ends])).toEqual([request, true]);
    }
    const writes = ends.get(index);
    if (writes === undefined) await env.settle(name);
    else await env.reconcileUntilEnded(name, writes);
  }
  await env.settle(name);
  const { spec, status } = env.revision(name);
  if (status === undefined) throw new Error(`${name} has no status`);
  // As of Events: a request that is followed by another one while the operator is away leaves no trace.
  const { lastRejection: _, ...rest } = status;
  const { conditions = [], commit: __, publishTimestamp: ___, observedGeneration: ____, ...recorded } = rest;
  const refs = [...env.remote.refs.keys()].sort();
  const files = Object.fromEntries(refs.map((ref) => [ref, env.filesAt(ref)]));
  const ready = conditions.find(({ type }) => type === "Ready")?.reason;
  return { outcome: { lifecycle: spec.lifecycle, recorded, ready, files }, events: env.events };
}

describe.each(WORLDS)("where results of renders %s", (_, open) => {
  describe.each(["edit", "label", "both"] as const)(
    "a request to propose after the proposer's change (%s)",
    (change) => {
      it.each(counts.flatMap((first) => counts.map((second) => [first, second] as const)))(
        "stands where the operator ends after %i writes of the change, and after %i of the request",
        async (...ends) => {
          const [first, second] = ends;
          const env = await open();
          const name = await env.draft("dns", { f: "old" });
          CHANGES[change](env, name);
          await env.reconcileUntilEnded(name, first);
          env.user.setLifecycle(name, "proposed");
          await env.reconcileUntilEnded(name, second);
          await env.settle(name);
          const { status } = env.revision(name);
          expect({ lifecycle: status?.lifecycle, takenBack: status?.takenBack }).toEqual({ lifecycle: "proposed" });
          expect(env.filesAt(BRANCH)).toEqual({ "dns/f": change === "label" ? "old" : "mine" });
          expect(subjectsOf(env).filter((subject) => subject.startsWith("Propose")).length).toBe(1);
        },
      );
    },
  );

  describe("a withdrawal", () => {
    it.each(counts)("is no external commit where the operator ends after %i writes of it", async (writes) => {
      const env = await open();
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

    it.each(counts)("by a reviewer keeps who and why where the operator ends after %i writes of it", async (writes) => {
      const env = await open();
      const name = await env.proposal("dns", { f: "mine" });
      env.user.reject(name, "too small");
      await env.reconcileUntilEnded(name, writes);
      await env.settle(name);
      const { status, metadata } = env.revision(name);
      const rejected = expect.stringContaining('"bob" rejected the proposal of "ann": "too small"');
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      expect({ rejected: status?.rejected, ready }).toMatchObject({
        rejected,
        ready: { reason: "ProposalRejected", message: rejected },
      });
      expect(metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_REJECTION_REASON);
      expect(env.messageOf(BRANCH)).toContain("\nReturned-By: bob\nReturn-Reason: too small\n");
      env.edit(name, { f: "bigger" });
      await env.settle(name);
      expect(env.revision(name).status).toMatchObject({ rejected });
      // Only the commit of the rejection has it.
      expect(env.messageOf(BRANCH)).not.toContain("Return-");
      env.user.setLifecycle(name, "proposed");
      await env.settle(name);
      expect(env.revision(name).status?.rejected).toBeUndefined();
      const message = '"bob" rejected the proposal of "ann": "too small"';
      expect(env.revision(name).status?.lastRejection).toMatchObject({ message });
    });

    it.each(counts)(
      "of a request that waited keeps who and why where the operator ends after %i writes",
      async (writes) => {
        const env = await open();
        const name = await env.draft("dns", { f: "mine" });
        env.user.gate(name);
        await env.settle(name);
        env.user.setLifecycle(name, "proposed");
        await env.settle(name);
        expect(env.revision(name).status?.waitingFor).toEqual(["WaitingForGate"]);
        env.user.reject(name, "too small");
        await env.reconcileUntilEnded(name, writes);
        await env.settle(name);
        const { status, metadata } = env.revision(name);
        const rejected =
          '"bob" took back the request to propose it: "too small"; edit the draft, then propose it again';
        expect(status).toMatchObject({ lifecycle: "draft", rejected });
        expect(status?.waitingFor).toBeUndefined();
        expect(status?.conditions?.find(({ type }) => type === "Ready")?.reason).toBe("ProposalRejected");
        expect(metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_REJECTION_REASON);
        env.user.setLifecycle(name, "proposed");
        await env.settle(name);
        expect(env.revision(name).status?.rejected).toBeUndefined();
        const message = '"bob" took back the request to propose it: "too small"';
        expect(env.revision(name).status?.lastRejection).toMatchObject({ message });
      },
    );

    it("is not an earlier one of the same files, which is pushed over the proposal", async () => {
      const env = await open();
      const name = await env.proposal("dns", { f: "mine" });
      env.user.setLifecycle(name, "draft");
      await env.settle(name);
      const earlier = env.commitOf(BRANCH) ?? "";
      for (const f of ["theirs", "mine"]) {
        env.edit(name, { f }, "eve");
        await env.settle(name);
      }
      env.user.setLifecycle(name, "proposed");
      await env.settle(name);
      env.user.setLifecycle(name, "draft");
      env.remote.setRef(BRANCH, { oid: earlier, commit: earlier });
      await env.store.fetch();
      await env.settle(name);
      const { status } = env.revision(name);
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      expect(ready?.reason).toBe("BranchRewritten");
      expect(status?.commit).not.toBe(earlier);
    });

    it("is not taken for a commit of other files that the operator signed for an earlier state of the draft", async () => {
      const env = await open();
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

  describe("a revision's life", () => {
    const pairs = counts.flatMap((first) => counts.map((second) => [first, second] as const));
    it.each(LIFE.slice(1).map(({ name }, index) => [LIFE[index]?.name, name, index] as const))(
      "ends as if the operator had not been ended during %s and %s, and with no other Event",
      async (_first, _second, index) => {
        const undisturbed = await live(open, new Map());
        for (const [first, second] of pairs) {
          const ends = new Map([
            [index, first],
            [index + 1, second],
          ]);
          const { outcome, events } = await live(open, ends);
          expect({ first, second, outcome }).toEqual({ first, second, outcome: undisturbed.outcome });
          expect(undisturbed.events, `after ${first} and ${second} writes`).toEqual(
            expect.arrayContaining([...events]),
          );
        }
      },
    );
  });
});
