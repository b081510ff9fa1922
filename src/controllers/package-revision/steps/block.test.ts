import { describe, expect, it } from "vitest";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { StepEnv } from "../testing/step-env.ts";
import { reportBlocker } from "./block.ts";

const blockerOf = (reason: string) => ({ reason, message: "because", kind: "stalled" }) as const;

async function latest() {
  const env = await StepEnv.open();
  return { env, name: await env.published("dns", { f: "mine" }) };
}

describe("reportBlocker", () => {
  it.for([
    ["was deleted", "TagMissing"],
    ["is not verified", "NotVerified"],
  ] as const)("takes the latest label from a revision whose tag %s", async ([, reason]) => {
    const { env, name } = await latest();
    expect(env.revision(name).metadata.labels).toHaveProperty([LABEL_LATEST]);
    const result = await reportBlocker(env.dependencies, env.revision(name), blockerOf(reason));
    expect(env.revision(name).metadata.labels ?? {}).not.toHaveProperty([LABEL_LATEST]);
    expect(result).toMatchObject({
      object: { metadata: { resourceVersion: env.revision(name).metadata.resourceVersion } },
      status: {},
      readiness: { state: "stalled", reason, message: "because" },
    });
  });

  it("only reports any other blocker", async () => {
    const { env, name } = await latest();
    const before = env.writes();
    const result = await reportBlocker(env.dependencies, env.revision(name), {
      ...blockerOf("RepositoryNotReady"),
      kind: "waiting",
    });
    expect(result).toEqual({
      status: {},
      readiness: { state: "reconciling", reason: "RepositoryNotReady", message: "because" },
    });
    expect(env.writes()).toEqual(before);
  });
});
