import { contentDigest } from "../../../../core/files/package-file.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import { objectName } from "../../../../core/identity/names.ts";
import { parseRef, revisionRef } from "../../../../core/identity/refs.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import { proposalDigest } from "../../../../core/revision/proposal-digest.ts";
import { isPublished } from "./lifecycle.ts";
import { MAIN } from "./mirror.ts";
import { pathOf } from "./paths.ts";
import { BY_US, type ModelRemote } from "./remote.ts";
import type { Simulation, SimulationOptions } from "./simulation.ts";
import { asFiles, type Files, filesIn, sameFiles } from "./trees.ts";

/** Checks the promises of a converged system (docs/architecture.md). Throws an Error that names the broken one. */
export function checkProperties(simulation: Simulation, options: SimulationOptions): void {
  for (const name of simulation.names()) checkRevision(simulation, name);
  checkNumbers(simulation);
  checkProvenance(simulation);
  checkNoOrphans(simulation);
  if (!options.tagOnly) checkMain(simulation);
}

function checkRevision({ api, remote }: Simulation, name: string): void {
  const object = api.revision(name);
  if (object === undefined) return;
  const { status, metadata } = object;
  const fail = (what: string): never => {
    throw new Error(
      `${name}: ${what}: ${JSON.stringify({ object, contents: [...(api.contents(name)?.files ?? [])] })}`,
    );
  };
  const ready = status?.conditions?.find((one) => one.type === "Ready");
  if (ready === undefined || ready.reason === "") fail("no condition says how it is");
  if (status?.observedGeneration !== metadata.generation) fail("the last spec was not looked at");
  if (ready?.status !== "True") {
    if (!BLOCKED.has(ready?.reason ?? "")) fail(`${ready?.reason} with nothing that would explain it`);
    // A proposal that waits is one all the same.
    const waits = status?.lifecycle === "proposed" && status.waitingFor?.includes(ready?.reason ?? "");
    if (waits !== true) return;
  }
  const path = pathOf(object);
  // Whose files those of a folder are changes with the packages that come and go below it.
  const disputed = nestedEver(remote, path);
  const own = (commit: string) => filesIn(remote.filesAt(commit), path);
  const undisputed = (files: Files) => without(files, disputed);
  const contents = api.contents(name) ?? fail("has no contents object");
  const commit = status?.commit ?? fail("has no commit");
  const files = own(commit);
  if (!sameFiles(undisputed(contents.files), undisputed(files))) fail(`the contents are not those of ${commit}`);
  const digest = contentDigest(asFiles(files, commit));
  if (disputed.length === 0 && status?.contentDigest !== digest) fail("contentDigest is another one");
  if (isPublished(status?.lifecycle)) {
    const tag = remote.refs.get(revisionRef(path, status?.revision ?? ""));
    if (tag?.commit !== commit) fail("its tag is not at its commit");
    if (!contents.frozen) fail("published, and open");
    return;
  }
  const head = remote.refs.get(`refs/heads/${path}/${object.spec.packageRevID.workspace}`)?.commit;
  if (head !== commit) fail(`the branch is at ${head}`);
  if (status?.lifecycle === "proposed") {
    const record = parseCommitMetadata(remote.commits.get(commit)?.message ?? "");
    // A package below came or went: the proposal stays the recorded one, made again from Git as well. The publication
    // compares its digest with the files that it would publish, and voids it (`preparePublication`, `checkApproved`).
    const recorded = disputed.length > 0 ? record?.proposalDigest : undefined;
    const approvable = recorded ?? proposalDigest(status.contentDigest ?? "", record?.metadata ?? {});
    if (status.proposal?.commit !== commit || status.proposal.digest !== approvable) fail("another proposal");
    if (!contents.frozen) fail("proposed, and open");
  } else if (contents.frozen || contents.acknowledged !== contents.generation)
    fail("a draft that is not open, or behind");
}

/** Where packages below a folder are or were, from that folder. */
function nestedEver(remote: ModelRemote, path: string): readonly string[] {
  const folders = [...remote.everRefs].flatMap((ref) => {
    const name = parseRef(ref);
    return name.kind === "other" ? [] : [name.folder];
  });
  return [...new Set(folders)].filter((one) => isBelow(one, path)).map((one) => one.slice(path.length + 1));
}

function without(files: Files, folders: readonly string[]): Files {
  const isIn = (file: string) => folders.some((one) => file === one || isBelow(file, one) || isBelow(one, file));
  return new Map([...files].filter(([file]) => !isIn(file)));
}

/** What only a person can mend, or what waits for another package revision. */
const BLOCKED: ReadonlySet<string> = new Set([
  "ApprovalMissing",
  "BranchMissing",
  "BranchRewritten",
  "ContentConflict",
  "EmptyPackage",
  "HistoryRewritten",
  "InvalidPath",
  "MainDiverged",
  "MainMissing",
  "NotProposed",
  "OutdatedBase",
  "OverlappingPackage",
  "PathConflict",
  "ProposalVoided",
  "RefConflict",
  "RevisionNotFound",
  "TagMissing",
  "TagMoved",
  "UpstreamNotFound",
  "ReleaseConflict",
  "WaitingForGate",
  "WaitingForRelease",
]);

/** No two objects are the same revision of a package. */
function checkNumbers({ api }: Simulation): void {
  const seen = new Map<string, string>();
  for (const [name, object] of api.stored.packagerevisions) {
    if (object.status?.revision === undefined) continue;
    const tag = `${pathOf(object)} ${object.status.revision}`;
    const other = seen.get(tag);
    if (other !== undefined) throw new Error(`${name} and ${other} are both ${tag}`);
    seen.set(tag, name);
  }
}

/** Only what the operator made, under its own name, says anything about people. */
function checkProvenance({ operator: { store }, remote }: Simulation): void {
  for (const found of store.revisions()) {
    if (found.trailers === undefined) continue;
    const ref = remote.refs.get(found.ref);
    const { author } = (ref?.message === undefined ? remote.commits.get(ref?.commit ?? "") : ref) ?? {};
    const isInPlace = found.kind === "draft" || found.ref === `refs/tags/${ref?.name}`;
    if (author !== BY_US || !isInPlace) throw new Error(`${found.ref} is believed, and not the operator's`);
  }
}

/** Every branch and tag of ours has its object. */
function checkNoOrphans({ api, operator, remote }: Simulation): void {
  const { store } = operator;
  const shown = new Map<string, string>();
  for (const object of api.revisions()) {
    const { ref } = store.identify(object) ?? {};
    const other = ref === undefined ? undefined : shown.get(ref);
    if (other !== undefined) throw new Error(`${other} and ${object.metadata.name} are both ${ref}`);
    if (ref !== undefined) shown.set(ref, object.metadata.name);
  }
  for (const found of store.revisions()) {
    if (shown.has(found.ref)) continue;
    const workspace = store.workspaceOf(found);
    // A branch that was pushed again under the name of an object that is published: a conflict, which is reported.
    const isUsed = workspace === undefined || api.revision(objectName("blue", found.location, workspace)) !== undefined;
    if (!isUsed) throw new Error(`${found.ref} has no object`);
  }
  for (const [ref, { commit }] of remote.refs) {
    if (!ref.startsWith("refs/heads/") || ref === MAIN) continue;
    const { message = "", author } = remote.commits.get(commit) ?? {};
    const trailers = author === BY_US ? parseCommitMetadata(message) : undefined;
    const isOurs = trailers !== undefined && ref === `refs/heads/${trailers.path}/${trailers.workspace}`;
    const isDraft = shown.has(ref) || [...store.revisions()].some((one) => one.ref === ref);
    if (isOurs && !isDraft) throw new Error(`${ref} is ours, and no draft`);
  }
}

/** For packages whose latest tag is ours, and where others have left main alone, it holds exactly that revision. */
function checkMain({ remote, operator, auditor }: Simulation): void {
  const { store } = operator;
  const folders = new Set(
    [...remote.refs.keys()].flatMap((ref) => {
      const name = parseRef(ref);
      return name.kind === "tag" || name.kind === "tombstone" ? [name.folder] : [];
    }),
  );
  for (const path of folders) {
    if (auditor.touched.has(path)) continue;
    const latest = store.latest(path);
    if (latest !== undefined && latest.trailers === undefined) continue;
    const nested = nestedEver(remote, path);
    const own = (commit: string | undefined) => without(filesIn(remote.filesAt(commit), path), nested);
    const main = own(remote.refs.get(MAIN)?.commit);
    if (!sameFiles(main, latest === undefined ? new Map() : own(latest.commit))) {
      throw new Error(`main does not hold ${path} ${latest?.revision}, its latest revision`);
    }
  }
}
