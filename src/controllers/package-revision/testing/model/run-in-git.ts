import { isBelow } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { draftRef, parseRef, revisionRef } from "../../../../core/identity/refs.ts";
import type { Command } from "./commands.ts";
import { MAIN } from "./mirror.ts";
import { PATHS } from "./paths.ts";
import type { ModelRemote } from "./remote.ts";
import type { Simulation } from "./simulation.ts";
import type { Files } from "./trees.ts";

/**
 * What others do with git, at any time, to any ref; the operator learns of it by its next fetch or push. False: there
 * is nothing to do it to.
 */
export function runInGit(simulation: Simulation, [kind, parameters]: Command, token: string): boolean {
  const { remote } = simulation;
  const main = remote.refs.get(MAIN)?.commit;
  const branches = [...remote.refs.keys()].filter((ref) => ref.startsWith("refs/heads/") && ref !== MAIN).sort();
  const tags = [...remote.refs.keys()].filter((ref) => parseRef(ref).kind === "tag").sort();
  const stones = [...remote.refs.keys()].filter((ref) => parseRef(ref).kind === "tombstone").sort();
  const any = <T>(all: readonly T[], index: number) => (all.length === 0 ? undefined : all[index % all.length]);
  const set = (ref: string, commit: Oid | undefined) => {
    noteForeign(simulation, ref);
    return remote.setRef(ref, commit === undefined ? undefined : { oid: commit, commit });
  };
  switch (kind) {
    case "pushMain": {
      if (main === undefined) return false;
      return set(
        MAIN,
        foreign(remote, [main], withFile(remote.filesAt(main), `${parameters.path}/${parameters.file}`, token)),
      );
    }
    case "undoOnMain": {
      const [parent] = remote.commits.get(main ?? "")?.parents ?? [];
      if (main === undefined || parent === undefined) return false;
      return set(MAIN, foreign(remote, [main], remote.filesAt(parent)));
    }
    case "pushBranch": {
      const ref = any(branches, parameters.index);
      const at = remote.refs.get(ref ?? "")?.commit;
      if (ref === undefined || at === undefined) return false;
      const folder = parseRef(ref).kind === "branch" ? ref.slice("refs/heads/".length, ref.lastIndexOf("/")) : "";
      return set(ref, foreign(remote, [at], withFile(remote.filesAt(at), `${folder}/${parameters.file}`, token)));
    }
    case "pushOutside": {
      const ref = any(branches, parameters.index);
      const at = remote.refs.get(ref ?? "")?.commit;
      if (ref === undefined || at === undefined) return false;
      return set(ref, foreign(remote, [at], withFile(remote.filesAt(at), "outside/f", token)));
    }
    case "newBranch": {
      const ref = draftRef(parameters.path, parameters.workspace);
      if (remote.refs.has(ref)) return false;
      const package_ = parameters.kptfile
        ? withFile(remote.filesAt(main), `${parameters.path}/Kptfile`, "k")
        : undefined;
      const files = withFile(package_ ?? remote.filesAt(main), `${parameters.path}/${parameters.file}`, token);
      return set(ref, foreign(remote, main === undefined ? [] : [main], files));
    }
    case "mergeMain":
    case "mergeBranch": {
      const ref = any(branches, parameters.index);
      const at = remote.refs.get(ref ?? "")?.commit;
      if (ref === undefined || at === undefined || main === undefined) return false;
      const [into, from] = kind === "mergeMain" ? [at, main] : [main, at];
      if (remote.contains(into, from)) return false;
      const files = new Map([...remote.filesAt(from), ...remote.filesAt(into)]);
      return set(kind === "mergeMain" ? ref : MAIN, foreign(remote, [into, from], withoutClashes(files)));
    }
    case "rewriteBranch":
    case "rewriteMain": {
      const ref = kind === "rewriteMain" ? MAIN : any(branches, parameters.index);
      let at: Oid | undefined = remote.refs.get(ref ?? "")?.commit;
      for (let left = parameters.back; left > 0; left--) at = remote.commits.get(at ?? "")?.parents[0];
      if (ref === undefined || at === undefined) return false;
      if (ref === MAIN) simulation.auditor.noteMainReplaced();
      return set(ref, foreign(remote, [at], withFile(remote.filesAt(at), "rewritten", token)));
    }
    case "deleteMain":
      simulation.auditor.noteMainReplaced();
      return set(MAIN, undefined);
    case "tag": {
      const ref = revisionRef(parameters.path, parameters.revision);
      const commit = parameters.onMain ? main : remote.refs.get(any(branches, parameters.index) ?? "")?.commit;
      if (commit === undefined || remote.refs.has(ref)) return false;
      if (parameters.as === "plain") return set(ref, commit);
      noteForeign(simulation, ref);
      const known = any([...remote.tags.values()], parameters.index);
      if (parameters.as === "replayed") return known !== undefined && remote.setRef(ref, known);
      const message = known?.message ?? remote.commits.get(commit)?.message ?? "";
      return remote.setRef(ref, remote.tag(ref.slice("refs/tags/".length), commit, message, "eve"));
    }
    case "moveTag": {
      const ref = any(tags, parameters.index);
      return ref === undefined || main === undefined ? false : set(ref, main);
    }
    case "deleteTag": {
      const ref = any(tags, parameters.index);
      return ref === undefined ? false : set(ref, undefined);
    }
    case "undelete": {
      const ref = any(stones, parameters.index);
      const name = parseRef(ref ?? "");
      if (ref === undefined || name.kind !== "tombstone") return false;
      return set(revisionRef(name.folder, name.revision), remote.refs.get(ref)?.commit);
    }
    case "deleteBranch": {
      const ref = any(branches, parameters.index);
      return ref === undefined ? false : set(ref, undefined);
    }
    default:
      throw new Error(`${kind} is not done in Git`);
  }
}

/** A commit that claims what the one before it says: who proposed it, who edited it, what it was made from. */
function foreign(remote: ModelRemote, parents: readonly Oid[], files: Files): Oid {
  const message = remote.commits.get(parents[0] ?? "")?.message ?? "by somebody";
  return remote.commit(parents, files, message, "eve");
}

/** A file at that path; what stands where its folders must be goes. */
function withFile(files: Files, path: string, text: string): Files {
  const others = [...files].filter(([one]) => !isBelow(one, path) && !isBelow(path, one));
  return new Map([...others, [path, text]]);
}

function withoutClashes(files: Files): Files {
  return new Map([...files].filter(([path]) => ![...files.keys()].some((other) => isBelow(path, other))));
}

/** Main, and the packages' tags, are not what the operator made of them any more. */
function noteForeign({ auditor }: Simulation, ref: string): void {
  const name = parseRef(ref);
  const folders = ref === MAIN ? PATHS : name.kind === "tag" ? [name.folder] : [];
  for (const path of folders) auditor.touched.add(path);
}
