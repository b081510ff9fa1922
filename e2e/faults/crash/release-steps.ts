import { LABEL_RELEASE } from "../../../src/api/v1alpha1/well-known.ts";
import { nameOf } from "../../testenv/packages.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

export const MEMBER_FILES = { "a.yaml": "a: 1\n" };
export const MEMBERS = ["member-1", "member-2", "member-3"];

const idOf = ({ own }: Stage, name: string) => ({ target: "edge1", repository: own, package: name, workspace: "ws1" });

/** A step of all members, one after the other. */
function step(name: string, act: (stage: Stage, member: string) => Promise<unknown>, reason: string): Step {
  return {
    name,
    act: async (stage) => {
      for (const member of MEMBERS) await act(stage, member);
    },
    done: async (stage) => {
      for (const member of MEMBERS) await stage.packages.waitForReason(nameOf(idOf(stage, member)), reason);
    },
  };
}

export const RELEASE_STEPS: readonly Step[] = [
  step(
    "start the members of a release",
    async (stage, member) =>
      await stage.packages.create(idOf(stage, member), { metadata: { labels: { [LABEL_RELEASE]: "spring" } } }),
    "Draft",
  ),
  {
    name: "edit the members",
    act: async (stage) => {
      for (const member of MEMBERS) await stage.packages.edit(nameOf(idOf(stage, member)), MEMBER_FILES);
    },
    done: async (stage) => {
      for (const member of MEMBERS) await stage.packages.waitForAcknowledgement(nameOf(idOf(stage, member)));
    },
  },
  step(
    "propose the members",
    async (stage, member) => await stage.packages.setLifecycle(nameOf(idOf(stage, member)), "proposed"),
    "Proposed",
  ),
  step(
    "publish the release",
    async (stage, member) => await stage.packages.approve(nameOf(idOf(stage, member))),
    "Published",
  ),
];
