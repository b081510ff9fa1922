import { isBelow } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { parseRef, revisionRef } from "../../../../core/identity/refs.ts";
import { confirmations, type Evidence } from "./evidence.ts";
import { MAIN } from "./mirror.ts";
import { PATHS } from "./paths.ts";
import { BY_US, type Push } from "./remote.ts";
import { type Files, sameFiles } from "./trees.ts";

/** Properties of what a push changes on main. */
export function checkMain(evidence: Evidence, { change, before, after }: Push): void {
  const [was, now] = [before.get(MAIN)?.commit, after.get(MAIN)?.commit];
  if (was === now || now === undefined) return;
  const remote = evidence.remote;
  const [path = ""] = change.claims;
  const { parents = [] } = remote.commits.get(now) ?? {};
  if (parents.length !== (was === undefined ? 0 : 1) || parents[0] !== was) throw new Error("main is not linear");
  if (!sameFiles(evidence.otherFiles(path, was), evidence.otherFiles(path, now))) {
    throw new Error(`a push for ${path} changed something else on main`);
  }
  // The first commit of an empty repository, which was compared as a whole.
  if (was === undefined && change.claims.length === 0 && change.steps.length === 1) return;
  checkReplaced(evidence, path, { change, before, after });
  evidence.touched.delete(path);
  for (const folder of PATHS) if (isBelow(path, folder) || isBelow(folder, path)) evidence.touched.add(folder);
}

/**
 * Law: what is replaced on main is a revision's (or what we put there of it), what the draft began from, or was
 * confirmed or merged.
 */
function checkReplaced(evidence: Evidence, path: string, { change, before }: Push): void {
  const remote = evidence.remote;
  const own = (commit: Oid | undefined) => evidence.ownFiles(path, commit);
  const was = own(before.get(MAIN)?.commit);
  const tag = change.steps.find((one) => one.kind === "tag");
  const gone = change.steps.find((one) => one.kind === "delete" && parseRef(one.ref).kind === "tag");
  if (gone !== undefined) {
    const revision = own(before.get(gone.ref)?.commit);
    const isPart = [...was].every(([file, text]) => revision.get(file) === text);
    if (sameFiles(was, revision) || (isPart && lastAuthor(evidence, before.get(MAIN)?.commit, own) === BY_US)) return;
    throw new Error(`a deletion replaced what is not that revision on main`);
  }
  if (tag === undefined) throw new Error(`main was changed for ${path} without a tag`);
  const object = evidence.objectOf(path, tag.message);
  const { base } = object?.status ?? {};
  const latest = evidence.latestOf(path, [...before.keys()], before);
  const known = [
    latest === undefined ? undefined : before.get(revisionRef(path, latest))?.commit,
    tag.target,
    base?.mainCommit,
    base?.revision === undefined ? undefined : before.get(revisionRef(path, base.revision))?.commit,
  ];
  if (was.size === 0 || known.some((commit) => commit !== undefined && sameFiles(own(commit), was))) return;
  const confirmed = object === undefined ? [] : confirmations(object);
  const onMain = remote.history([before.get(MAIN)?.commit ?? ""]);
  if (confirmed.some((one) => onMain.has(one))) return;
  const merged = [...remote.history([tag.target])].some((one) => onMain.has(one) && sameFiles(own(one), was));
  if (!merged) throw new Error(`a publication of ${path} undid what others have on main`);
}

function lastAuthor(evidence: Evidence, commit: Oid | undefined, own: (commit: Oid) => Files): string | undefined {
  const last = commit === undefined ? undefined : evidence.remote.commits.get(commit);
  const same = last?.parents.find((one) => sameFiles(own(one), own(last.id)));
  return same === undefined ? last?.author : lastAuthor(evidence, same, own);
}
