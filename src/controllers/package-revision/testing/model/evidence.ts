import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_BASE } from "../../../../api/v1alpha1/well-known.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { parseRef } from "../../../../core/identity/refs.ts";
import { latestRevision, parseRevision } from "../../../../core/identity/revision.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import type { ModelApi } from "./api.ts";
import { pathOf } from "./paths.ts";
import type { ModelRemote, Push } from "./remote.ts";
import { type Files, filesIn } from "./trees.ts";

/**
 * What promises are judged by: the model's simulation, what the operator knows of it, and what was written down beside
 * it.
 */
export class Evidence {
  readonly api: ModelApi;
  readonly remote: ModelRemote;
  /** Packages below a folder, as the operator knows them. */
  readonly nested: (path: string) => readonly string[];
  /** True if the operator knows of the ref; with a commit, that it is there. */
  readonly isKnown: (ref: string, commit?: Oid) => boolean;
  /** Proposals, by their commit and object, that were published. */
  readonly published = new Set<string>();
  /** Packages whose folder on main, or whose tags, others have touched since the operator last wrote the folder. */
  readonly touched = new Set<string>();
  /** Files that a contents object has shown, by the object's name: `path` and text. */
  readonly shown = new Map<string, Set<string>>();
  /** Commits of main's history when others deleted or rewrote it, which the operator may not know yet. */
  readonly takenFromMain = new Set<Oid>();

  constructor(api: ModelApi, remote: ModelRemote, operator: Pick<Evidence, "nested" | "isKnown">) {
    this.api = api;
    this.remote = remote;
    this.nested = operator.nested;
    this.isKnown = operator.isKnown;
  }

  /** The package's own files, by their paths from its folder. */
  ownFiles(path: string, commit: Oid | undefined): Files {
    return filesIn(this.remote.filesAt(commit), path, this.nested(path));
  }

  /** All files but the package's own. */
  otherFiles(path: string, commit: Oid | undefined): Files {
    const nested = this.nested(path);
    const isOwn = (file: string) => isBelow(file, path) && !nested.some((one) => isBelow(file, one) || file === one);
    return new Map([...this.remote.filesAt(commit)].filter(([file]) => !isOwn(file)));
  }

  /** Without the package's folder in it, a tag is no revision. */
  latestOf(path: string, refs: readonly string[], at: Push["before"]): string | undefined {
    const revisions = refs.flatMap((ref) => {
      const name = parseRef(ref);
      const isRevision = name.kind === "tag" && name.folder === path && parseRevision(name.leaf) !== undefined;
      return isRevision && this.remote.treeAt(at.get(ref)?.commit ?? "", path) !== undefined ? [name.leaf] : [];
    });
    return latestRevision(revisions);
  }

  /** The package revision that a tag's message speaks of. */
  objectOf(path: string, message: string): PackageRevision | undefined {
    const { workspace } = parseCommitMetadata(message) ?? {};
    return this.api.revisions().find((one) => one.spec.packageRevID.workspace === workspace && pathOf(one) === path);
  }
}

/** The revisions and commits that a user confirmed as a base. */
export function confirmations({ metadata }: PackageRevision): readonly string[] {
  return metadata.annotations?.[ANNOTATION_CONFIRM_BASE]?.split(",") ?? [];
}
