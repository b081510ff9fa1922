import type { Packages } from "../../testenv/packages.ts";

const FILES = { "config.yaml": "kind: ConfigMap\n" };
const BRANCH = "refs/heads/edge1/web/ws1";
const MAIN = "refs/heads/main";
const UNTOUCHED = { [MAIN]: [] };

/** A push that the remote holds while its operator is killed, and what the successor does before it arrives. */
export interface LateCase {
  /** That of its repository. */
  readonly name: string;
  readonly title: string;
  /** Returns the name of the package revision. */
  prepare(packages: Packages, repository: string): Promise<string>;
  /** Requests what the held push is for. */
  request(packages: Packages, name: string): Promise<unknown>;
  /** `after`: its refs have moved already. */
  readonly held?: "after";
  /** Requests between the two operators. */
  whileDown?(packages: Packages, name: string): Promise<unknown>;
  /** Waits until the successor is done. */
  successor(packages: Packages, name: string): Promise<unknown>;
  /** Ref → the first words of its commits' subjects, in the end. */
  readonly refs: Readonly<Record<string, readonly string[]>>;
  /** The reason of Ready in the end; absent: there is no package revision. */
  readonly ends?: string;
}

const idIn = (repository: string) => ({ target: "edge1", repository, package: "web", workspace: "ws1" });
const repositoryOf = (name: string) => name.split(".")[1] ?? "";
const none = async (_: Packages, repository: string) => `edge1.${repository}.web.ws1`;
const draft = (packages: Packages, repository: string) => packages.createDraft(idIn(repository), FILES);
const start = async (packages: Packages, name: string) =>
  await packages.create(idIn(repositoryOf(name)), { spec: { tasks: [{ type: "init" }] } });
const edit = async (packages: Packages, name: string) => await packages.edit(name, { "edited.yaml": "kind: Secret\n" });
const remove = async (packages: Packages, name: string) => {
  await packages.delete(name);
  await packages.waitUntilGone(name);
};
const gone = async (packages: Packages, name: string) => await packages.waitUntilGone(name);

export const LATE_CASES: readonly LateCase[] = [
  {
    name: "deleted",
    title: "begun the draft again and deleted it brings no draft back",
    prepare: none,
    request: start,
    successor: async (packages, name) => {
      await packages.waitForReason(name, "Draft");
      await remove(packages, name);
    },
    refs: UNTOUCHED,
  },
  {
    name: "unbegun",
    title: "found the object deleted, without a branch, brings no draft back",
    prepare: none,
    request: start,
    whileDown: async (packages, name) => await packages.delete(name),
    successor: gone,
    refs: UNTOUCHED,
  },
  {
    name: "unseen",
    title: "found the object deleted, with a branch that status does not know, leaves no draft",
    prepare: none,
    request: start,
    held: "after",
    whileDown: async (packages, name) => await packages.delete(name),
    successor: gone,
    refs: UNTOUCHED,
  },
  {
    name: "published",
    title: "begun the draft again and published it brings no draft back",
    prepare: none,
    request: start,
    successor: async (packages, name) => {
      await packages.waitForReason(name, "Draft");
      await packages.save(name, FILES);
      await packages.publish(name);
    },
    refs: { [MAIN]: ["Publish"], "refs/tags/edge1/web/v1": ["Start", "Edit", "Propose"] },
    ends: "Published",
  },
  {
    name: "recreated",
    title: "deleted the draft, of which a new one was begun, does not get into that",
    prepare: none,
    request: start,
    successor: async (packages, name) => {
      await packages.waitForReason(name, "Draft");
      await remove(packages, name);
      await packages.createDraft(idIn(repositoryOf(name)), FILES);
    },
    refs: { [MAIN]: [], [BRANCH]: ["Start", "Edit"] },
    ends: "Draft",
  },
  {
    name: "edited",
    title: "made the edit itself and deleted the draft brings no draft back",
    prepare: draft,
    request: edit,
    successor: async (packages, name) => {
      await packages.waitForAcknowledgement(name);
      await remove(packages, name);
    },
    refs: UNTOUCHED,
  },
  {
    name: "taken-back",
    title: "seen the request to propose taken back leaves a draft",
    prepare: draft,
    request: async (packages, name) => await packages.setLifecycle(name, "proposed"),
    whileDown: async (packages, name) => await packages.setLifecycle(name, "draft"),
    successor: async (packages, name) => await packages.waitForReason(name, "Draft"),
    refs: { [MAIN]: [], [BRANCH]: ["Start", "Edit", "Propose"] },
    ends: "Draft",
  },
  {
    name: "removed",
    title: "deleted the draft itself does not delete a new one of that name",
    prepare: draft,
    request: async (packages, name) => await packages.delete(name),
    successor: async (packages, name) => {
      await packages.waitUntilGone(name);
      await packages.createDraft(idIn(repositoryOf(name)), FILES);
    },
    refs: { [MAIN]: [], [BRANCH]: ["Start", "Edit"] },
    ends: "Draft",
  },
];
