import type { Packages } from "../../testenv/packages.ts";

const FILES = { "config.yaml": "kind: ConfigMap\n" };
const TARGET = { target: "edge1", package: "web", workspace: "ws1" } as const;

/** One step of a package: its set-up, the user's request, and the result, however often it was interrupted. */
export interface Step {
  readonly name: string;
  prepare(packages: Packages, repository: string): Promise<string>;
  request(packages: Packages, name: string): Promise<unknown>;
  /** The reason of Ready; undefined: the object is gone. */
  readonly ends: "Draft" | "Proposed" | "Published" | undefined;
  /** Ref → the first words of its commits' subjects, from the repository's first commit on. */
  readonly refs: Readonly<Record<string, readonly string[]>>;
}

const idIn = (repository: string) => ({ ...TARGET, repository });
const draft = (packages: Packages, repository: string) => packages.createDraft(idIn(repository), FILES);
const proposed = async (packages: Packages, repository: string) => {
  const name = await draft(packages, repository);
  await packages.propose(name);
  return name;
};
const toBeDeleted = async (packages: Packages, repository: string) => {
  const name = await proposed(packages, repository);
  await packages.publish(name);
  await packages.setLifecycle(name, "deletionProposed");
  await packages.waitForReason(name, "DeletionProposed");
  return name;
};

const BRANCH = "refs/heads/edge1/web/ws1";
const TAG = "refs/tags/edge1/web/v1";
/** Its name ends in the commit. */
const DELETED_DRAFT = "refs/tags/edge1/web/deleted-ws1-COMMIT";
const TOMBSTONE = "refs/tags/edge1/web/deleted-v1";
const MAIN = "refs/heads/main";

export const STEPS: readonly Step[] = [
  {
    name: "start",
    prepare: async (_, repository) => `edge1.${repository}.web.ws1`,
    request: (packages, name) =>
      packages.create(idIn(name.split(".")[1] ?? ""), { spec: { tasks: [{ type: "init" }] } }),
    ends: "Draft",
    refs: { [BRANCH]: ["Start"], [MAIN]: [] },
  },
  {
    name: "edit",
    prepare: draft,
    request: (packages, name) => packages.edit(name, { "edited.yaml": "kind: Secret\n" }),
    ends: "Draft",
    refs: { [BRANCH]: ["Start", "Edit", "Edit"], [MAIN]: [] },
  },
  {
    name: "propose",
    prepare: draft,
    request: (packages, name) => packages.setLifecycle(name, "proposed"),
    ends: "Proposed",
    refs: { [BRANCH]: ["Start", "Edit", "Propose"], [MAIN]: [] },
  },
  {
    name: "withdraw",
    prepare: proposed,
    request: (packages, name) => packages.setLifecycle(name, "draft"),
    ends: "Draft",
    refs: { [BRANCH]: ["Start", "Edit", "Propose", "Return"], [MAIN]: [] },
  },
  {
    name: "publish",
    prepare: proposed,
    request: (packages, name) => packages.approve(name),
    ends: "Published",
    refs: { [TAG]: ["Start", "Edit", "Propose"], [MAIN]: ["Publish"] },
  },
  {
    name: "delete-draft",
    prepare: draft,
    request: (packages, name) => packages.delete(name),
    ends: undefined,
    refs: { [DELETED_DRAFT]: ["Start", "Edit"], [MAIN]: [] },
  },
  {
    name: "delete-published",
    prepare: toBeDeleted,
    request: (packages, name) => packages.delete(name, "bob"),
    ends: undefined,
    refs: { [TOMBSTONE]: ["Start", "Edit", "Propose"], [MAIN]: ["Publish", "Delete"] },
  },
];
