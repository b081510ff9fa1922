import { expect } from "vitest";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../../src/api/v1alpha1/well-known.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { nameOf } from "../../testenv/packages.ts";
import { MEMBER_FILES, MEMBERS } from "./release-steps.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/** A member of the release. */
export const [REBASED = ""] = MEMBERS;
const PUSHED = { "pushed.yaml": "b: 1\n" };
const EDITED = { "edited.yaml": "c: 1\n" };
export const FILES_AFTER_REBASE = { ...MEMBER_FILES, ...PUSHED, ...EDITED };

const idOf = ({ own }: Stage) => ({ target: "edge1", repository: own, package: REBASED, workspace: "ws2" });
const draft = (stage: Stage) => nameOf(idOf(stage));

const ask: Step["act"] = async (stage) => {
  const metadata = { annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: "alice" } };
  await stage.packages.patch(draft(stage), { metadata });
};

/** The draft of a member of the release, whose folder on main others change. */
export const REBASE_STEPS: readonly Step[] = [
  {
    name: "start a draft to be rebased",
    act: async (stage) => await stage.packages.create(idOf(stage)),
    done: async (stage) => await stage.packages.waitForReason(draft(stage), "Draft"),
  },
  {
    name: "edit what is to be rebased",
    act: async (stage) => await stage.packages.edit(draft(stage), EDITED),
    done: async (stage) => await stage.packages.waitForAcknowledgement(draft(stage)),
  },
  {
    name: "see main ahead of it",
    act: async ({ env, own }) => {
      const files = Object.entries(PUSHED).map(([path, text]) => [`edge1/${REBASED}/${path}`, text] as const);
      await pushExternally(env.git, own, { files: Object.fromEntries(files) });
    },
    done: async ({ env, own }) => await env.sync(own),
  },
  {
    name: "have it rebased",
    act: ask,
    done: async (stage) => {
      const { status } = await isAnswered(stage);
      expect(status?.base?.mainCommit).toBeDefined();
      const { spec } = await stage.packages.waitForAcknowledgement(draft(stage));
      expect(spec.resources).toEqual(FILES_AFTER_REBASE);
    },
  },
  {
    name: "have it rebased again",
    act: ask,
    done: async (stage) => expect((await isAnswered(stage)).status?.lastRebase?.result).toBe("UpToDate"),
  },
  {
    name: "propose what was rebased",
    act: async (stage) => await stage.packages.setLifecycle(draft(stage), "proposed"),
    done: async (stage) => await stage.packages.waitForReason(draft(stage), "Proposed"),
  },
  {
    name: "publish what was rebased",
    act: async (stage) => await stage.packages.approve(draft(stage)),
    done: async (stage) => await stage.packages.waitForReason(draft(stage), "Published"),
  },
];

async function isAnswered(stage: Stage) {
  return await stage.packages.waitFor(draft(stage), "is answered", ({ metadata, status }) => {
    return metadata.annotations?.[ANNOTATION_REBASE_REQUESTED_BY] === undefined && status?.lastRebase !== undefined;
  });
}
