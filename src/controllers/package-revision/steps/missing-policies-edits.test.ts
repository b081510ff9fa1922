import { describe, expect, it } from "vitest";
import { ENFORCED, ENFORCED_WITHOUT_NAMES } from "../../../core/admission/policy-state.ts";
import { StepEnv } from "../testing/step-env.ts";

describe("four eyes", () => {
  it.each([
    { kind: "missing", findings: [] },
    // The control: this one holds.
    ENFORCED_WITHOUT_NAMES,
  ] as const)(
    "an edit without a name, while policies were missing, counts after the object was created again (%j)",
    async (policies) => {
      const env = await StepEnv.open({ approval: { fourEyes: true } });
      const name = await env.draft("dns", { f: "1" });
      env.policies = policies;
      // By bob, whose name admission would have added.
      env.api.patch("packagerevisionresourceses", name, { spec: { resources: { f: "of bob" } } });
      await env.settle(name);
      env.policies = ENFORCED;
      // The object is lost, and discovered again as the operator creates it: with an empty record.
      env.api.reset();
      env.create("dns");
      const { "pkg.pkgserver.dev/changed-by": _, ...annotations } = env.revision(name).metadata.annotations ?? {};
      env.api.patch("packagerevisions", name, {
        metadata: { annotations: { ...annotations, "pkg.pkgserver.dev/changed-by": "" } },
      });
      await env.settle(name);
      env.user.setLifecycle(name, "proposed");
      await env.settle(name);
      env.user.approve(name);
      await env.settle(name);
      expect(env.commitOf("refs/tags/dns/v1")).toBeUndefined();
    },
  );
});
