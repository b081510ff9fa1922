import { expect } from "vitest";
import { nameOf } from "../../testenv/packages.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/** What the second revision of `app` has; the pipeline has nothing to change. */
export const BY_RULE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ruled\n  namespace: app\n";

const second = ({ own }: Stage) => {
  return nameOf({ target: "edge1", repository: own, package: "app", workspace: "ws2" });
};

const setRules = (automatic: readonly object[] | null): Omit<Step, "name"> => ({
  act: async ({ packages, own }) => {
    await packages.request("admin", "merge", `repositories/${own}`, { spec: { approval: { automatic } } });
  },
  done: async ({ env, own }) => await env.waitForRepository(own, "Synced"),
});

/** The second revision of a package is published by a rule of the Repository. */
export const RULE_STEPS: readonly Step[] = [
  {
    name: "have a rule approve",
    ...setRules([{ name: "one", match: { packages: ["app"] }, expression: "change.fileCount == 1" }]),
  },
  {
    name: "begin what the rule approves",
    act: async (stage) => {
      const id = { target: "edge1", repository: stage.own, package: "app", workspace: "ws2" };
      await stage.packages.create(id);
    },
    done: async (stage) => await stage.packages.waitForReason(second(stage), "Draft"),
  },
  {
    name: "edit what the rule approves",
    act: async (stage) => await stage.packages.edit(second(stage), { "app.yaml": BY_RULE }),
    done: async (stage) => await stage.packages.waitForAcknowledgement(second(stage)),
  },
  {
    name: "propose what the rule approves",
    act: async (stage) => await stage.packages.setLifecycle(second(stage), "proposed"),
    done: async (stage) => {
      const { status, spec } = await stage.packages.waitForReason(second(stage), "Published");
      expect([status?.publishedByRule, status?.publishedBy, spec.approval]).toEqual(["one", undefined, undefined]);
    },
  },
  { name: "have no rule approve", ...setRules(null) },
];
