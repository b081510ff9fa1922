import { expect } from "vitest";
import { parseRef } from "../../../src/core/identity/refs.ts";
import { waitUntil } from "../../harness/wait.ts";
import { listRefs } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { renderedFiles } from "../../testenv/pipeline-packages.ts";
import { FILES_AFTER_REBASE, REBASED } from "./rebase-steps.ts";
import { MEMBER_FILES, MEMBERS } from "./release-steps.ts";
import { BY_RULE } from "./rule-steps.ts";
import { PATIENCE_MS, type Stage } from "./stage.ts";

/** `main`, to which the members of the release are published together; then one of them changes there. */
const BEFORE_RELEASE = ["Start", "Publish", "Publish", "Delete", "Publish"];
const BEFORE_REBASE = [...BEFORE_RELEASE, ...MEMBERS.map(() => "Publish")];
const BEFORE_RULE = [...BEFORE_REBASE, "A", "Publish"];
const MAIN = [...BEFORE_RULE, "Publish"];

function ofMembers<T>(read: (member: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(MEMBERS.map((member) => [`refs/tags/edge1/${member}/v1`, read(member)]));
}

/**
 * The result of a journey in Git, however often it was interrupted: ref → first words of its commits' subjects, oldest
 * first.
 */
const REFS: Readonly<Record<string, readonly string[]>> = {
  "refs/heads/main": MAIN,
  "refs/heads/edge1/web/ws3": [...MAIN, "A", "A", "Propose", "A"],
  ...ofMembers(() => [...BEFORE_RELEASE, "Start", "Edit", "Propose"]),
  [`refs/tags/edge1/${REBASED}/v2`]: [...BEFORE_REBASE, "Start", "Edit", "Rebase", "Propose"],
  "refs/tags/edge1/app/v1": [
    "Start",
    "Publish",
    "Publish",
    "Delete",
    "Start",
    "Edit",
    "Render",
    "Edit",
    "Render",
    "Edit",
    "Edit",
    "Propose",
  ],
  "refs/tags/edge1/app/v2": [...BEFORE_RULE, "Start", "Edit", "Propose"],
  "refs/tags/edge1/web/v1": [
    "Start",
    "Start",
    "Edit",
    "Edit",
    "Edit",
    "Update",
    "Propose",
    "Return",
    "Propose",
    "Return",
    "Propose",
  ],
  "refs/tags/edge1/web/deleted-v2": ["Start", "Publish", "Start", "Edit", "Propose"],
};

const APP = {
  "app/Kptfile": renderedFiles("app").Kptfile,
  "app/app.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n  namespace: app\n",
};

const filesOf = (member: string) =>
  Object.fromEntries(Object.entries(MEMBER_FILES).map(([path, text]) => [`${member}/${path}`, text]));
const RELEASE = Object.assign({}, ...MEMBERS.map(filesOf));
const REBASED_FILES = Object.fromEntries(
  Object.entries(FILES_AFTER_REBASE).map(([path, text]) => [`${REBASED}/${path}`, text]),
);
const LAST = { "web/a.yaml": "a: 3\n", ...APP, ...RELEASE, ...REBASED_FILES };
const RULED = { ...LAST, "app/app.yaml": BY_RULE };

/** Revision → the target's files. */
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "refs/heads/main": RULED,
  "refs/heads/edge1/web/ws3": { ...RULED, "web/a.yaml": "a: 7\n" },
  [`refs/tags/edge1/${REBASED}/v2`]: LAST,
  ...ofMembers((member) => ({ "web/a.yaml": "a: 3\n", ...APP, ...filesOf(member) })),
  "refs/tags/edge1/app/v1": { "web/a.yaml": "a: 3\n", ...APP },
  "refs/tags/edge1/app/v2": RULED,
  "refs/tags/edge1/web/v1": { "web/a.yaml": "a: 3\n" },
  "refs/tags/edge1/web/deleted-v2": { "web/a.yaml": "a: 4\n" },
};

/** Reasons of Events that say that another user, or a change from outside, ended a proposal or a request for one. */
const UNREQUESTED: ReadonlySet<string> = new Set(["ProposalVoided", "ProposalTakenBack", "ProposalRejected"]);
/** Those of the journey; a kill may keep one from being written. */
const EXPECTED: readonly string[] = ["edge1/web/ws1 ProposalRejected", "edge1/web/ws3 ProposalVoided"];

/**
 * Expects every step in Git exactly once, and no Event that takes the operator's own commits for those of others; waits
 * until another sync writes nothing.
 */
export async function expectOutcome(stage: Stage): Promise<void> {
  expect(await readOutcome(stage), stage.own).toEqual({ refs: REFS, files: FILES });
  expect(EXPECTED).toEqual(expect.arrayContaining([...(await readUnrequested(stage))]));
  const settled = async () => {
    const before = await readVersions(stage);
    await stage.env.sync(stage.own);
    return JSON.stringify(await readVersions(stage)) === JSON.stringify(before);
  };
  await waitUntil(`${stage.own} needs no more writing`, settled, { timeoutMs: PATIENCE_MS });
}

/** The actual values of `REFS` and `FILES`. */
async function readOutcome({ env, own }: Stage): Promise<{ readonly refs: object; readonly files: object }> {
  const git = createGitReader(env.git, own);
  const all = (await git("for-each-ref", "--format=%(refname)")).split("\n");
  // How many of a variant's drafts were in Git before they were replaced depends on the kills.
  const names = all.filter((ref) => parseRef(ref).kind !== "deletedDraft");
  const subjects = async (ref: string) => (await git("log", "--reverse", "--format=%s", ref)).split("\n");
  const words = async (ref: string) => (await subjects(ref)).map((subject) => subject.split(" ")[0]);
  const ofAll = async <T>(read: (ref: string) => Promise<T>) =>
    Object.fromEntries(await Promise.all(names.map(async (ref) => [ref, await read(ref)] as const)));
  return { refs: await ofAll(words), files: await ofAll(async (ref) => await git.files(ref, "edge1")) };
}

/** `edge1/web/ws3 ProposalVoided`: the Events of these reasons about the journey's own package revisions. */
async function readUnrequested({ env, own }: Stage): Promise<readonly string[]> {
  const { items } = await env.as("admin").getJson<{ items: readonly EventLike[] }>("events.events.k8s.io");
  const mine = items.filter(({ regarding, reason }) => regarding.name.split(".")[1] === own && UNREQUESTED.has(reason));
  const shown = mine.map(({ regarding, reason }) => {
    const [target, , ...rest] = regarding.name.split(".");
    return `${[target, ...rest].join("/")} ${reason}`;
  });
  return [...new Set(shown)];
}

interface EventLike {
  readonly reason: string;
  readonly regarding: { readonly name: string };
}

/** The versions of all objects and refs of a journey: equal before and after if nothing was written. */
async function readVersions({ env, own }: Stage): Promise<readonly string[]> {
  const mine = (await env.revisions()).filter(({ spec }) => spec.packageRevID.repository === own);
  const contents = await Promise.all(mine.map(async ({ metadata }) => await env.contents(metadata.name)));
  const versions = [...mine, ...contents].map(({ kind, metadata }) => {
    return `${kind} ${metadata.name} ${metadata.resourceVersion}`;
  });
  return [...versions.sort(), await listRefs(env.git, own)];
}
