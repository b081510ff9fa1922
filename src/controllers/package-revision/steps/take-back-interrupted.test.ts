import { describe, expect, it } from "vitest";
import { EndedError, endingClient } from "../testing/ending-client.ts";
import { StepEnv } from "../testing/step-env.ts";

const BRANCH = "refs/heads/dns/one";
/** More than a reconcile of a draft or of a request to propose writes. */
const MAX_WRITES = 5;
const counts = Array.from({ length: MAX_WRITES }, (_, writes) => writes);

/** A reconcile of an operator that ends after this many writes to the API server; its pushes arrive. */
async function reconcileUntilEnded(env: StepEnv, name: string, writes: number): Promise<void> {
  const client = endingClient(env.dependencies.client, writes);
  try {
    await env.reconcileWith(name, { client });
  } catch (error) {
    if (!(error instanceof EndedError)) throw error;
  }
  await env.store.fetch();
}

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
      await reconcileUntilEnded(env, name, first);
      env.user.setLifecycle(name, "proposed");
      await reconcileUntilEnded(env, name, second);
      await env.settle(name);
      const { status } = env.revision(name);
      expect({ lifecycle: status?.lifecycle, takenBack: status?.takenBack }).toEqual({ lifecycle: "proposed" });
      expect(env.filesAt(BRANCH)).toEqual({ "dns/f": change === "label" ? "old" : "mine" });
    },
  );
});
