import { nameOf } from "../../testenv/packages.ts";
import { conditionOf } from "../../testenv/pipeline-packages.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

const idOf = ({ own }: Stage, name: string, workspace: string) => {
  return { target: "edge1", repository: own, package: name, workspace };
};
const needing = (stage: Stage) => nameOf(idOf(stage, "needing", "ws1"));
const made = (stage: Stage) => nameOf(idOf(stage, "lib", "pkginstall"));

const setGates = (readinessGates: readonly object[] | null) => async (stage: Stage) => {
  await stage.packages.request("admin", "merge", `repositories/${stage.own}`, { spec: { readinessGates } });
};

async function isSynced({ env, own }: Stage): Promise<void> {
  await env.sync(own);
}

async function scheduledIs(stage: Stage, reason: string): Promise<void> {
  await stage.packages.waitFor(
    needing(stage),
    `is ${reason}`,
    (one) => conditionOf(one, "Scheduled")?.reason === reason,
  );
}

/** A package that another one needs is missing in its target; Git has only the ends of deleted drafts in the end. */
export const SCHEDULE_STEPS: readonly Step[] = [
  {
    name: "ask for the drafts of what is missing",
    act: setGates([{ conditionType: "pkg.pkgserver.dev/schedule" }]),
    done: isSynced,
  },
  {
    name: "begin a package that needs another one",
    act: async (stage) => {
      const upstream = { repository: stage.upstream, package: "lib" };
      const kind = { apiVersion: "claim.pkg.pkgserver.dev/v1alpha1", kind: "PackageDependency" };
      const inputs = [{ ...kind, metadata: { name: "lib" }, spec: { upstream } }];
      await stage.packages.create(idOf(stage, "needing", "ws1"), { spec: { inputs } });
    },
    done: async (stage) => await scheduledIs(stage, "DependenciesUnpublished"),
  },
  {
    name: "have the draft of the other one made",
    act: async (stage) => await stage.packages.askToPropose(needing(stage)),
    done: async (stage) => {
      await stage.packages.waitFor(needing(stage), "has had the draft made", ({ status }) => {
        return JSON.stringify(status?.scheduled) === JSON.stringify([made(stage)]);
      });
      await stage.packages.waitForReason(made(stage), "Draft");
    },
  },
  {
    name: "delete what was made",
    act: async (stage) => await stage.packages.delete(made(stage)),
    done: async (stage) => {
      await stage.packages.waitUntilGone(made(stage));
      await scheduledIs(stage, "DraftDeleted");
    },
  },
  {
    name: "delete what needs it",
    act: async (stage) => await stage.packages.delete(needing(stage)),
    done: async (stage) => await stage.packages.waitUntilGone(needing(stage)),
  },
  {
    name: "ask for no drafts",
    act: setGates(null),
    done: isSynced,
  },
];
