import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";
import { refuseEdits } from "./refuse-edits.ts";

const PROBLEMS = [
  { reason: "InvalidPath", message: "first" },
  { reason: "InvalidContent", message: "second" },
] as const;

async function edited(frozen: boolean) {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "old" });
  env.edit(name, { f: "new" });
  env.api.patchStatus("packagerevisionresourceses", name, { status: { frozen } });
  return { env, name };
}

describe("refuseEdits", () => {
  it("reports all problems in the contents object, which stays editable and unacknowledged", async () => {
    const { env, name } = await edited(true);
    const acknowledged = env.page(name).status?.observedGeneration;
    const scope = await env.scope(name);
    const result = await refuseEdits(scope, await env.contents.read(scope.object), PROBLEMS);
    const { status, spec, metadata } = env.page(name);
    expect(status).toMatchObject({ frozen: false, error: "first; second", observedGeneration: acknowledged });
    expect(acknowledged).not.toBe(metadata.generation);
    expect(spec.resources).toEqual({ f: "new" });
    expect(result).toEqual({
      status: { lifecycle: "draft", waitingFor: undefined },
      readiness: { state: "stalled", reason: "InvalidPath", message: "first; second" },
    });
    expect(env.filesAt("refs/heads/dns/one")).toEqual({ "dns/f": "old" });
  });

  it("names the reason in waitingFor if a proposal is held back", async () => {
    const { env, name } = await edited(false);
    env.user.setLifecycle(name, "proposed");
    const scope = await env.scope(name);
    const result = await refuseEdits(scope, await env.contents.read(scope.object), PROBLEMS);
    expect(result.status).toEqual({ lifecycle: "draft", waitingFor: ["InvalidPath"] });
  });
});
