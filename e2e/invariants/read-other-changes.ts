import { isBelow } from "../../src/core/identity/location.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import { runGitBytes } from "./git-batch.ts";
import type { RemoteRef } from "./observation.ts";

/** Tags that are compared: each takes a git process. */
const MAX_TAGS = 200;
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * Tag of the operator → the files outside of its package's folder that it changes, compared with the commit of the
 * packages' branch that it is based on (without one: with nothing). Of several such branches the nearest counts.
 */
export async function readOtherChanges(
  dir: string,
  refs: ReadonlyMap<string, RemoteRef>,
  mains: readonly Oid[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const tags = [...refs.values()].filter(({ ref, trailers }) => {
    return trailers?.lifecycle === "published" && ref === `refs/tags/${trailers.path}/${trailers.revision}`;
  });
  const changes = new Map<string, readonly string[]>();
  for (const { ref, commit, trailers } of tags.slice(0, MAX_TAGS)) {
    if (commit === undefined) continue;
    const all: (readonly string[])[] = [];
    for (const main of mains) {
      const paths = await changedPaths(dir, main, commit);
      all.push(paths.filter((path) => !isBelow(path, trailers?.path ?? "")));
    }
    const [fewest] = all.sort((a, b) => a.length - b.length);
    if (fewest !== undefined) changes.set(ref, fewest);
  }
  return changes;
}

/** Changes of a commit since its merge base with `main`. */
async function changedPaths(dir: string, main: Oid, commit: Oid): Promise<readonly string[]> {
  try {
    return await diffTrees(dir, ["--merge-base", main, commit]);
  } catch {
    // There is none, or there are several.
    const found = await runGitBytes(dir, ["merge-base", main, commit]).catch(() => "");
    return await diffTrees(dir, [found.toString().trim() || EMPTY_TREE, commit]);
  }
}

async function diffTrees(dir: string, args: readonly string[]): Promise<readonly string[]> {
  const options = ["-r", "--no-renames", "--name-only", "-z"];
  return (await runGitBytes(dir, ["diff-tree", ...options, ...args])).toString("utf8").split("\0").filter(Boolean);
}
