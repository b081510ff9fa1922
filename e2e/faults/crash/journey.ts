import { expect } from "vitest";
import { ANNOTATION_REJECTION_REASON, ANNOTATION_SYNC } from "../../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { nameOf, type PackageID, type Packages } from "../../testenv/packages.ts";
import { conditionOf, kptfile, renderedFiles } from "../../testenv/pipeline-packages.ts";
import { REBASE_STEPS } from "./rebase-steps.ts";
import { RELEASE_STEPS } from "./release-steps.ts";
import { RULE_STEPS } from "./rule-steps.ts";
import { SCHEDULE_STEPS } from "./schedule-steps.ts";
import { leaveContents, loseMain, putMainBack, type Stage, TAG, tagOf, untilNothingIsLeft } from "./stage.ts";
import type { Step } from "./step.ts";
import { VARIANT_STEPS } from "./variant-steps.ts";

const REASON = "the limits are missing";

const id = ({ own }: Stage, name: string, workspace: string): PackageID => ({
  target: "edge1",
  repository: own,
  package: name,
  workspace,
});
const web = (stage: Stage, workspace: string) => nameOf(id(stage, "web", workspace));
const becomes = (workspace: string, reason: string) => async (stage: Stage) =>
  await stage.packages.waitForReason(web(stage, workspace), reason);
const acknowledged = (workspace: string) => async (stage: Stage) =>
  await stage.packages.waitForAcknowledgement(web(stage, workspace));
const edit = (workspace: string, files: Readonly<Record<string, string | null>>) => async (stage: Stage) =>
  await stage.packages.edit(web(stage, workspace), files);
const setLifecycle = (workspace: string, lifecycle: Parameters<Packages["setLifecycle"]>[1]) => async (stage: Stage) =>
  await stage.packages.setLifecycle(web(stage, workspace), lifecycle);
const approve = (workspace: string) => async (stage: Stage) => await stage.packages.approve(web(stage, workspace));
const reject = (workspace: string) => async (stage: Stage) => {
  const metadata = { annotations: { [ANNOTATION_REJECTION_REASON]: REASON } };
  await stage.packages.patch(web(stage, workspace), { spec: { lifecycle: "draft" }, metadata }, "bob");
};
const isRejected = (workspace: string) => async (stage: Stage) => {
  const { status, metadata } = await becomes(workspace, "ProposalRejected")(stage);
  expect(status?.rejected).toContain(`"bob" rejected the proposal of "alice": "${REASON}"`);
  expect(metadata.annotations).not.toHaveProperty(ANNOTATION_REJECTION_REASON);
};
const clone = (repository: string, name: string, target?: string) => ({
  spec: {
    tasks: [{ type: "clone" }],
    upstream: { ...(target !== undefined && { target }), repository, package: name, revision: "v1" },
  },
});

const requireApprovals =
  (required: number | null) =>
  async ({ packages, own }: Stage) => {
    await packages.request("admin", "merge", `repositories/${own}`, { spec: { approval: { required } } });
  };

const app = (stage: Stage) => nameOf(id(stage, "app", "ws1"));

/** Waits until the contents object shows a rendered file with this text. */
function isRendered(text: string): Step["done"] {
  return async (stage) => {
    await waitUntil("the rendered file is shown", async () => {
      const { spec, status, metadata } = await stage.packages.contents(app(stage));
      return spec.resources?.["app.yaml"]?.includes(text) && status?.observedGeneration === metadata.generation;
    });
    await stage.packages.waitFor(
      app(stage),
      "is rendered",
      (one) => conditionOf(one, "Rendered")?.reason === "Rendered",
    );
  };
}

async function isShown(stage: Stage, text: string): Promise<void> {
  await waitUntil("what others pushed is shown", async () => {
    const { spec, status, metadata } = await stage.packages.contents(web(stage, "ws3"));
    return spec.resources?.["a.yaml"] === text && status?.observedGeneration === metadata.generation;
  });
}

const tagGone: Omit<Step, "name"> = {
  act: async ({ env, own }) => await env.git.git(own, "update-ref", "-d", TAG),
  done: async (stage) => {
    await stage.env.sync(stage.own);
    await becomes("ws1", "TagMissing")(stage);
  },
};
const tagBack: Omit<Step, "name"> = {
  act: async (stage) => await stage.env.git.git(stage.own, "update-ref", TAG, await tagOf(stage)),
  done: async (stage) => {
    await stage.env.sync(stage.own);
    await becomes("ws1", "Published")(stage);
  },
};

export const JOURNEY: readonly Step[] = [
  {
    name: "register a catalog",
    act: async ({ env, upstream }) => await env.applyRepository(upstream),
    done: async ({ env, packages, upstream }) => {
      await env.waitForRepository(upstream, "Synced");
      await packages.waitForReason(`catalog.${upstream}.lib.v1`, "Published");
    },
  },
  {
    name: "register an empty repository",
    act: async ({ env, own }) => await env.applyRepository(own, { deployment: true }, { checkPush: true }),
    done: async ({ env, own }) => await env.waitForRepository(own, "Synced"),
  },
  {
    name: "start",
    act: async (stage) => await stage.packages.create(id(stage, "web", "ws1"), { spec: { tasks: [{ type: "init" }] } }),
    done: becomes("ws1", "Draft"),
  },
  { name: "edit", act: edit("ws1", { "a.yaml": "a: 1\n" }), done: acknowledged("ws1") },
  {
    name: "edit again",
    act: edit("ws1", { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n", "README.md": null }),
    done: acknowledged("ws1"),
  },
  {
    name: "lose the owner",
    act: async (stage) => {
      const { metadata, ...object } = await stage.packages.contents(web(stage, "ws1"));
      const { ownerReferences: _, ...rest } = metadata;
      await stage.packages.replace({ ...object, metadata: rest, spec: { resources: { "a.yaml": "a: 3\n" } } });
    },
    done: async (stage) => {
      const { metadata } = await stage.packages.waitForAcknowledgement(web(stage, "ws1"));
      if (metadata.ownerReferences?.length !== 1) throw new Error("its owner is not back");
    },
  },
  {
    name: "label",
    act: async (stage) => await stage.packages.patch(web(stage, "ws1"), { metadata: { labels: { team: "a" } } }),
    done: async ({ env, own }) =>
      await waitUntil("the label is in Git", async () =>
        (await createGitReader(env.git, own)("log", "-1", "--format=%s", "edge1/web/ws1")).startsWith("Update"),
      ),
  },
  { name: "propose", act: setLifecycle("ws1", "proposed"), done: becomes("ws1", "Proposed") },
  { name: "withdraw", act: setLifecycle("ws1", "draft"), done: becomes("ws1", "Draft") },
  { name: "propose again", act: setLifecycle("ws1", "proposed"), done: becomes("ws1", "Proposed") },
  { name: "reject", act: reject("ws1"), done: isRejected("ws1") },
  { name: "propose once more", act: setLifecycle("ws1", "proposed"), done: becomes("ws1", "Proposed") },
  { name: "publish", act: approve("ws1"), done: becomes("ws1", "Published") },
  {
    name: "clone the first",
    act: async (stage) => await stage.packages.create(id(stage, "web", "ws2"), clone(stage.own, "web", "edge1")),
    done: becomes("ws2", "Draft"),
  },
  { name: "edit the second", act: edit("ws2", { "a.yaml": "a: 4\n" }), done: acknowledged("ws2") },
  { name: "propose the second", act: setLifecycle("ws2", "proposed"), done: becomes("ws2", "Proposed") },
  {
    name: "lose main",
    act: loseMain,
    done: async ({ env, packages, own }) => {
      const metadata = { annotations: { [ANNOTATION_SYNC]: "main" } };
      await packages.request("admin", "merge", `repositories/${own}`, { metadata });
      await env.waitForRepository(own, "BranchNotFound");
    },
  },
  { name: "publish the second", act: approve("ws2"), done: becomes("ws2", "MainMissing") },
  {
    name: "see main come back",
    act: putMainBack,
    done: async (stage) => {
      await stage.env.sync(stage.own);
      await becomes("ws2", "Published")(stage);
    },
  },
  {
    name: "clone from the catalog",
    act: async (stage) => {
      await leaveContents(stage, nameOf(id(stage, "copy", "ws1")));
      await stage.packages.create(id(stage, "copy", "ws1"), clone(stage.upstream, "lib"));
    },
    done: async (stage) => await stage.packages.waitForReason(nameOf(id(stage, "copy", "ws1")), "Draft"),
  },
  {
    name: "delete a draft",
    act: async (stage) => await stage.packages.delete(nameOf(id(stage, "copy", "ws1"))),
    done: async (stage) => await stage.packages.waitUntilGone(nameOf(id(stage, "copy", "ws1"))),
  },
  {
    name: "keep no deleted drafts",
    act: async ({ packages, own }) => {
      const spec = { deletedDrafts: { retention: "0s" } };
      await packages.request("admin", "merge", `repositories/${own}`, { spec });
    },
    done: async ({ env, own }) => {
      await env.sync(own);
      await waitUntil("the tag of the deleted draft is gone", async () => {
        return (await env.git.git(own, "for-each-ref", "refs/tags/edge1/copy")) === "";
      });
    },
  },
  {
    // They are what tells a late push of a killed operator from a draft that a user restores.
    name: "keep deleted drafts again",
    act: async ({ packages, own }) => {
      await packages.request("admin", "merge", `repositories/${own}`, { spec: { deletedDrafts: null } });
    },
    done: async ({ env, own }) => await env.waitForRepository(own, "Synced"),
  },
  ...SCHEDULE_STEPS,
  {
    name: "propose the deletion",
    act: setLifecycle("ws2", "deletionProposed"),
    done: becomes("ws2", "DeletionProposed"),
  },
  {
    name: "delete the second",
    act: async (stage) => await stage.packages.delete(web(stage, "ws2"), "bob"),
    done: async (stage) => {
      await stage.packages.waitUntilGone(web(stage, "ws2"));
      await becomes("ws1", "Published")(stage);
    },
  },
  {
    name: "start a package with a pipeline",
    act: async (stage) => await stage.packages.create(id(stage, "app", "ws1")),
    done: async (stage) => await stage.packages.waitForReason(app(stage), "Draft"),
  },
  {
    name: "have it rendered",
    act: async (stage) => await stage.packages.edit(app(stage), renderedFiles("app")),
    done: isRendered("  name: app # too\n  namespace: app\n"),
  },
  {
    name: "have it rendered again",
    act: async (stage) => {
      const text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n";
      await stage.packages.edit(app(stage), { "app.yaml": text });
    },
    done: isRendered("  name: other\n  namespace: app\n"),
  },
  {
    name: "see a render fail",
    act: async (stage) => await stage.packages.edit(app(stage), { Kptfile: kptfile("app", "unknown") }),
    done: async (stage) => {
      await stage.packages.waitFor(app(stage), "is not rendered", (one) => {
        return conditionOf(one, "Rendered")?.reason === "FunctionNotAvailable";
      });
    },
  },
  {
    name: "have it mended",
    act: async (stage) => await stage.packages.edit(app(stage), { Kptfile: renderedFiles("app").Kptfile }),
    done: isRendered("  name: other\n  namespace: app\n"),
  },
  {
    name: "propose what was rendered",
    act: async (stage) => await stage.packages.setLifecycle(app(stage), "proposed"),
    done: async (stage) => await stage.packages.waitForReason(app(stage), "Proposed"),
  },
  {
    name: "ask for two approvals",
    act: requireApprovals(2),
    done: async (stage) =>
      void (await stage.packages.waitFor(app(stage), "asks for two", ({ status }) => {
        return status?.requiredApprovals?.[0]?.required === 2;
      })),
  },
  {
    name: "approve what was rendered",
    act: async (stage) => await stage.packages.approve(app(stage)),
    done: async (stage) => await stage.packages.waitForReason(app(stage), "WaitingForApproval"),
  },
  {
    name: "publish what was rendered",
    act: async (stage) => {
      const { status } = await stage.packages.get(app(stage));
      const approvals = { carol: { digest: status?.proposal?.digest } };
      await stage.packages.patch(app(stage), { spec: { approvals } }, "carol");
    },
    done: async (stage) => {
      const { status } = await stage.packages.waitForReason(app(stage), "Published");
      expect(status?.approvals?.map(({ by }) => by)).toEqual(["bob", "carol"]);
    },
  },
  {
    name: "ask for one approval again",
    act: requireApprovals(null),
    done: async ({ env, own }) => await env.waitForRepository(own, "Synced"),
  },
  ...RELEASE_STEPS,
  ...REBASE_STEPS,
  ...RULE_STEPS,
  ...VARIANT_STEPS,
  {
    name: "see a branch of others",
    act: async ({ env, own }) => {
      const files = { "edge1/web/a.yaml": "a: 5\n" };
      await pushExternally(env.git, own, { branch: "edge1/web/ws3", from: "refs/heads/main", files });
    },
    done: async (stage) => {
      await stage.env.sync(stage.own);
      await becomes("ws3", "Draft")(stage);
    },
  },
  {
    name: "see a commit of others",
    act: async ({ env, own }) => {
      const files = { "edge1/web/a.yaml": "a: 6\n" };
      await pushExternally(env.git, own, { branch: "edge1/web/ws3", files });
    },
    done: async (stage) => {
      await stage.env.sync(stage.own);
      await isShown(stage, "a: 6\n");
    },
  },
  { name: "propose what others began", act: setLifecycle("ws3", "proposed"), done: becomes("ws3", "Proposed") },
  {
    name: "see a proposal void",
    act: async ({ env, own }) => {
      const files = { "edge1/web/a.yaml": "a: 7\n" };
      await pushExternally(env.git, own, { branch: "edge1/web/ws3", files });
    },
    done: async (stage) => {
      await stage.env.sync(stage.own);
      await isShown(stage, "a: 7\n");
      await becomes("ws3", "ProposalVoided")(stage);
    },
  },
  { name: "see a tag gone", ...tagGone },
  { name: "see a tag come back", ...tagBack },
  // The same Event a second time: its count is written.
  { name: "see the tag gone again", ...tagGone },
  { name: "see the tag come back again", ...tagBack },
  {
    name: "unregister",
    act: async ({ packages, own }) => await packages.request("admin", "delete", `repositories/${own}`),
    done: async ({ packages, own }) => await untilNothingIsLeft(packages, own),
  },
  {
    name: "register again",
    act: async ({ env, own }) => await env.applyRepository(own, { deployment: true }, { checkPush: true }),
    done: async (stage) => {
      await becomes("ws1", "Published")(stage);
      await becomes("ws3", "Draft")(stage);
      await acknowledged("ws3")(stage);
      await stage.env.waitForRepository(stage.own, "Synced");
    },
  },
];

/** Registers the repositories of a completed journey again. */
export async function returnTo(stage: Stage): Promise<void> {
  for (const name of ["register a catalog", "register again"]) {
    const step = JOURNEY.find((one) => one.name === name);
    await step?.act(stage);
    await step?.done(stage);
  }
}
