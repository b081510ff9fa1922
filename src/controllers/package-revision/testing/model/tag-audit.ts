import { contentDigest } from "../../../../core/files/package-file.ts";
import { objectName } from "../../../../core/identity/names.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { parseRef, tombstoneRef } from "../../../../core/identity/refs.ts";
import { compareRevisions, latestRevision, parseRevision } from "../../../../core/identity/revision.ts";
import { releaseDigest } from "../../../../core/release/members.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import { proposalDigest } from "../../../../core/revision/proposal-digest.ts";
import { confirmations, type Evidence } from "./evidence.ts";
import { MAIN } from "./mirror.ts";
import { pathOf } from "./paths.ts";
import type { Push } from "./remote.ts";
import { asFiles, sameFiles } from "./trees.ts";

/** Properties of the tags that a push creates, moves or deletes. */
export function checkTags(evidence: Evidence, { change, before, after }: Push): void {
  for (const [ref, was] of before) {
    const name = parseRef(ref);
    if (name.kind !== "tag" && name.kind !== "tombstone") continue;
    if (after.get(ref)?.oid === was.oid) continue;
    const stone = name.kind === "tag" ? after.get(tombstoneRef(name.folder, name.leaf)) : undefined;
    if (after.has(ref) || stone?.commit !== was.commit)
      throw new Error(`${ref} was moved, or went without a tombstone`);
  }
  for (const [ref, { commit, message = "" }] of after) {
    const name = parseRef(ref);
    if (name.kind !== "tag" || before.has(ref)) continue;
    checkNumber(evidence, name.folder, name.leaf, before);
    checkApproved(evidence, name.folder, commit, message);
    checkBase(evidence, name.folder, name.leaf, message, before);
    checkOthers(evidence, ref, name.folder, commit, before);
    if (!change.claims.includes(name.folder)) throw new Error(`${ref} is not among the claims`);
  }
  checkReleases(after, before);
}

/** Law: the tags of a release are pushed together, and are exactly those of what was approved as one. */
function checkReleases(after: Push["after"], before: Push["before"]): void {
  const tags = [...after].flatMap(([ref, { message = "" }]) => {
    const name = parseRef(ref);
    const record = name.kind === "tag" && !before.has(ref) ? parseCommitMetadata(message) : undefined;
    if (name.kind !== "tag" || record?.releaseDigest === undefined) return [];
    const location = { package: name.folder.split("/").at(-1) ?? "", ...realmOf(name.folder) };
    return {
      location,
      workspace: record.workspace,
      digest: record.proposalDigest ?? "",
      release: record.releaseDigest,
    };
  });
  for (const [release, members] of Map.groupBy(tags, (one) => one.release)) {
    if (releaseDigest(members) === release) continue;
    throw new Error(`a part of a release was published: ${members.map(({ location }) => location.package).join(", ")}`);
  }
}

function checkNumber(evidence: Evidence, path: string, revision: string, before: Push["before"]): void {
  // A tag that others push in that very moment is not known yet, and has its own number.
  const inGit = [...before.keys()]
    .filter((ref) => evidence.isKnown(ref))
    .flatMap((ref) => {
      const name = parseRef(ref);
      if (name.kind !== "tag" && name.kind !== "tombstone") return [];
      return name.folder === path ? [name.kind === "tag" ? name.leaf : name.revision] : [];
    });
  const known = evidence.api.revisions().flatMap((one) => (pathOf(one) === path ? (one.status?.revision ?? []) : []));
  const newest = latestRevision([...inGit, ...known].filter((one) => parseRevision(one) !== undefined));
  if (newest === undefined || compareRevisions(revision, newest) > 0) return;
  throw new Error(`${path} ${revision} was published, though ${newest} was there before`);
}

/** Law: what was published since a draft began is never undone unseen. */
function checkBase(evidence: Evidence, path: string, revision: string, message: string, before: Push["before"]): void {
  // A tag that others move in that very moment is where the operator has seen it.
  const known = [...before].flatMap(([ref, { commit }]) => (evidence.isKnown(ref, commit) ? [ref] : []));
  const latest = evidence.latestOf(path, known, before);
  const object = evidence.objectOf(path, message);
  if (latest === undefined || object === undefined || object.status?.base?.revision === latest) return;
  if (confirmations(object).includes(latest)) return;
  throw new Error(`${path} ${revision} was published beside ${latest}, which it was not made from`);
}

/** Law: a tagged tree differs from the state of main that it is based on in nothing but the package's own files. */
function checkOthers(evidence: Evidence, ref: string, path: string, commit: Oid, before: Push["before"]): void {
  const remote = evidence.remote;
  const others = (at: Oid | undefined) => evidence.otherFiles(path, at);
  const onMain = remote.history([before.get(MAIN)?.commit ?? ""]);
  const history = [...remote.history([commit])];
  const common = history.filter((one) => onMain.has(one));
  // The operator may know the main of a moment ago.
  const earlier = history.filter((one) => evidence.takenFromMain.has(one));
  const bases = [...(common.length === 0 ? [undefined] : common), ...earlier];
  if (bases.some((base) => sameFiles(others(base), others(commit)))) return;
  throw new Error(`${ref} has files outside of its package that main did not have: ${[...others(commit).keys()]}`);
}

function checkApproved(evidence: Evidence, path: string, commit: Oid, message: string): void {
  const trailers = parseCommitMetadata(message);
  if (trailers === undefined) throw new Error(`${path}: a tag without a trailers`);
  const name = objectName("blue", { package: path.split("/").at(-1) ?? "", ...realmOf(path) }, trailers.workspace);
  const files = asFiles(evidence.ownFiles(path, commit), commit);
  const contents = contentDigest(files);
  const gates = trailers.metadata.spec?.readinessGates ?? [];
  if (gates.length > 0 && !evidence.api.passed.has(`${name} ${contents}`)) {
    throw new Error(`${name} was published with ${contents}, which no gate has passed`);
  }
  const digest = proposalDigest(contents, trailers.metadata);
  if (!evidence.api.approvals.some((one) => one.name === name && one.digest === digest)) {
    throw new Error(`${name} was published with ${digest}, which nobody approved`);
  }
  const once = `${name} ${commit}`;
  if (evidence.published.has(once)) throw new Error(`${name} was published twice at ${commit}`);
  evidence.published.add(once);
}

function realmOf(path: string): { readonly realm?: string } {
  const parts = path.split("/").slice(0, -1);
  return parts.length === 0 ? {} : { realm: parts.join("/") };
}
