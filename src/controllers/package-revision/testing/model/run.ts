import type { PackageRevisionSpec } from "../../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_HISTORY } from "../../../../api/v1alpha1/well-known.ts";
import { objectName } from "../../../../core/identity/names.ts";
import { releaseKey } from "../../../../core/release/members.ts";
import { aRevision } from "../../../../core/testing/observed.ts";
import { REPOSITORY } from "./api.ts";
import type { Command, Kind, ParametersOf } from "./commands.ts";
import { pathOf } from "./paths.ts";
import { runInGit } from "./run-in-git.ts";
import type { Simulation } from "./simulation.ts";

type Run<K extends Kind> = (
  simulation: Simulation,
  name: string,
  parameters: ParametersOf<K>,
  token: string,
) => void | boolean | Promise<void>;

/** What people do with the package revision of that name. */
const BY_USERS: { readonly [K in UserKind]: Run<K> } = {
  edit: ({ user, auditor }, name, { file }, token) => {
    if (user.edit(name, (files) => new Map([...files, [file, token]]))) auditor.noteEdit(name, file, token);
  },
  editByOther: ({ user, auditor }, name, { file }, token) => {
    if (!user.edit(name, (files) => new Map([...files, [file, token]]), "eve")) return;
    auditor.noteEdit(name, file, token);
    auditor.noteOthersEdit(name);
  },
  removeFile: ({ user, auditor }, name, { file }) => {
    const removed = user.edit(name, (files) => new Map([...files].filter(([one]) => one !== file)));
    if (removed) auditor.forgetEdit(name, file);
  },
  setLifecycle: (simulation, name, { proposed }) => {
    if (proposed) requestProposal(simulation, name);
    else simulation.user.setLifecycle(name, "draft");
  },
  approve: ({ user }, name) => user.approve(name),
  misapprove: ({ user }, name) => user.misapprove(name),
  publish: async (simulation, name) => {
    requestProposal(simulation, name);
    await simulation.settle();
    simulation.user.approve(name);
  },
  unrelease: async (simulation, name) => {
    if (!simulation.user.proposeDeletion(name, "deletionProposed")) return;
    await simulation.settle();
    simulation.user.delete(name);
    await simulation.settle();
  },
  proposeDeletion: ({ user }, name, { proposed }) =>
    user.proposeDeletion(name, proposed ? "deletionProposed" : "published"),
  delete: ({ user }, name) => user.delete(name),
  deleteWithBranch: ({ user, api }, name) => user.delete(name, api.revision(name)?.status?.commit),
  label: ({ user }, name, _, token) => user.label(name, token),
  join: ({ user }, name, { member }) => user.setRelease(name, member ? RELEASE : null),
  input: ({ user }, name, _, token) => user.input(name, token),
  gate: ({ user }, name) => user.gate(name),
  judge: ({ user }, name, { passed }) => user.judge(name, passed),
  rebase: ({ user }, name) => user.rebase(name),
  confirmBase: (simulation, name) => confirmBase(simulation, name),
  confirmHistory: (simulation, name) => confirmHistory(simulation, name),
  step: (simulation, name, { halts }) => simulation.step(name, halts),
};
type UserKind =
  | (
      | "edit"
      | "editByOther"
      | "removeFile"
      | "setLifecycle"
      | "approve"
      | "misapprove"
      | "publish"
      | "unrelease"
      | "proposeDeletion"
      | "delete"
      | "deleteWithBranch"
      | "label"
      | "join"
      | "input"
      | "gate"
      | "judge"
    )
  | ("rebase" | "confirmBase" | "confirmHistory" | "step");

/** What happens to the whole simulation. */
const TO_ALL: { readonly [K in ClusterKind]: (simulation: Simulation, parameters: ParametersOf<K>) => void } = {
  create,
  release,
  publishTogether,
  confirmMain,
  sync: (simulation) => simulation.sync(),
  settle: (simulation) => simulation.settle(),
  crash: (simulation, { disk }) => simulation.crash(disk),
  backup: (simulation) => simulation.backup(),
  restore: (simulation) => simulation.restore(),
};
type ClusterKind =
  | "create"
  | "release"
  | "publishTogether"
  | "confirmMain"
  | "sync"
  | "settle"
  | "crash"
  | "backup"
  | "restore";

const RELEASE = "spring";

/** Lets one thing happen; what is refused, or has nothing to happen to, has happened in vain. */
export async function runCommand(simulation: Simulation, command: Command, token: string): Promise<void> {
  const [kind, parameters] = command;
  if (kind in TO_ALL) await TO_ALL[kind as ClusterKind](simulation, parameters as never);
  else if (kind in BY_USERS) {
    const name = pick(simulation.names(), "index" in parameters ? parameters.index : 0);
    if (name !== undefined) await BY_USERS[kind as UserKind](simulation, name, parameters as never, token);
  } else runInGit(simulation, command, token);
}

async function release(simulation: Simulation, parameters: ParametersOf<"release">): Promise<void> {
  const { path, workspace, file } = parameters;
  create(simulation, { path, workspace, from: "nothing" });
  await simulation.settle();
  const [name] = [...simulation.api.stored.packagerevisions].flatMap(([name, one]) =>
    pathOf(one) === path && one.spec.packageRevID.workspace === workspace ? [name] : [],
  );
  if (name === undefined) return;
  const text = `released at ${simulation.api.writes}`;
  if (simulation.user.edit(name, (files) => new Map([...files, [file, text]])))
    simulation.auditor.noteEdit(name, file, text);
  requestProposal(simulation, name);
  await simulation.settle();
  simulation.user.approve(name);
  await simulation.settle();
}

async function publishTogether(
  simulation: Simulation,
  { workspace, all }: ParametersOf<"publishTogether">,
): Promise<void> {
  const { user, api } = simulation;
  for (const path of ["a", "b"] as const) create(simulation, { path, workspace, from: "init" });
  await simulation.settle();
  for (const name of simulation.names()) {
    const { spec } = api.revision(name) ?? {};
    if (spec?.packageRevID.workspace === workspace) user.setRelease(name, RELEASE);
  }
  await simulation.settle();
  const members = api.revisions().flatMap((one) => (releaseKey(one) === undefined ? [] : one.metadata.name));
  for (const name of members) requestProposal(simulation, name);
  await simulation.settle();
  for (const name of all ? members : members.slice(1)) user.approve(name);
}

function requestProposal({ user, auditor, api }: Simulation, name: string): void {
  const wasDraft = (api.revision(name)?.spec.lifecycle ?? "draft") === "draft";
  if (user.setLifecycle(name, "proposed") && wasDraft) auditor.noteRequest(name);
}

function create({ api }: Simulation, { path, workspace, from }: ParametersOf<"create">): void {
  const parts = path.split("/");
  const id = { package: parts.at(-1) ?? "", ...(parts.length > 1 && { realm: parts.slice(0, -1).join("/") }) };
  const name = objectName("blue", id, workspace);
  const upstream =
    from === "own-main" ? { ...id, repository: "blue", revision: "main" } : { repository: "blue", package: from };
  const spec: PackageRevisionSpec = {
    packageRevID: { ...id, repository: "blue", workspace },
    ...(from === "init" && { tasks: [{ type: "init" }] }),
    ...(from !== "init" && from !== "nothing" && { tasks: [{ type: "clone" }], upstream }),
  };
  const { apiVersion, kind } = aRevision({});
  if (api.revision(name) !== undefined) return;
  api.create("packagerevisions", { apiVersion, kind, metadata: { name, namespace: "default" }, spec });
}

function confirmMain({ api, operator }: Simulation): void {
  const { rewrite } = operator.store.summarize();
  if (rewrite === undefined) return;
  const annotations = { [ANNOTATION_CONFIRM_HISTORY]: `${rewrite.lost}..${rewrite.now}` };
  api.patch("repositories", REPOSITORY, { metadata: { annotations } });
}

/** An approver confirms everything that a publication would undo or leave out. */
async function confirmBase({ api, user, operator }: Simulation, name: string): Promise<void> {
  const object = api.revision(name);
  if (object === undefined) return;
  const { latest, mainChange, mainCommit, path, nested } = await operator.store.observe(object);
  const folders = nested.map((one) => one.path);
  const changes = mainCommit === undefined ? [] : await operator.mirror.history.changesOf(mainCommit, path, folders, 1);
  const values = [latest?.revision, mainChange?.commit ?? changes[0]?.commit];
  const known = values.filter((one) => one !== undefined);
  user.confirmBase(name, known);
}

async function confirmHistory({ api, user, operator }: Simulation, name: string): Promise<void> {
  const object = api.revision(name);
  if (object === undefined) return;
  const shown = api.get("packagerevisionresourceses", name)?.status?.commit;
  const { branchLost, found } = await operator.store.observe(object, async () => shown);
  if (branchLost !== undefined && found !== undefined) user.confirmHistory(name, `${branchLost}..${found.commit}`);
}

/** One of those that there are; undefined of none. */
function pick<T>(all: readonly T[], index: number): T | undefined {
  return all.length === 0 ? undefined : all[index % all.length];
}
