import type { PackageRevisionResources } from "../../src/api/package-revision-resources.ts";
import { blobOid } from "../../src/core/identity/hash.ts";
import { isBelow } from "../../src/core/identity/location.ts";
import { contentDigest, hiddenReason, type PackageFile, showFiles } from "../../src/core/resources/package-file.ts";
import type { Ledger } from "./ledger.ts";
import type { FileView, Violation } from "./observation.ts";
import { isSettled } from "./published.ts";
import {
  folderAt,
  nestedIn,
  ownFiles,
  type RepositorySituation,
  type RevisionSituation,
  type Situation,
} from "./situation.ts";

/** 2: what a tag has equals the contents objects byte for byte, and status.contentDigest is of just that. */
export function checkContents({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap((one) =>
    one.revisions.filter(isSettled).flatMap((revision) => {
      const { commit, contentDigest: digest } = revision.object.status ?? {};
      const files = filesOf(one, revision, commit);
      const found = (message: string) => ({ invariant: 2 as const, subject: revision.key, message });
      if (files === undefined) return [];
      const digests = digestsOf(files, nestedIn(one, revision.path));
      const wrong =
        digest !== undefined && !digests.includes(digest)
          ? [found(`status.contentDigest is ${digest}, the tag's files have ${digests[0]}`)]
          : [];
      const differences = differencesOf(one, revision, files);
      const missing =
        revision.pages.length === 0 && revision.object.status?.contents !== "GitOnly" && !isLeaving(revision)
          ? [found("has no contents objects, and does not say GitOnly")]
          : [];
      return [...wrong, ...missing, ...differences.map(found)];
    }),
  );
}

/** 6: every edit that an object's status acknowledges is in Git. */
export function checkEdits({ repositories }: Situation, ledger: Ledger): readonly Violation[] {
  return repositories.flatMap((one) =>
    one.revisions.flatMap((revision) => [...shownDraft(one, revision), ...ledgerEdits(one, revision, ledger)]),
  );
}

/** What a draft or proposal shows is what the commit in its status has, and that commit is on its branch. */
function shownDraft(one: RepositorySituation, revision: RevisionSituation): readonly Violation[] {
  const { lifecycle, commit } = revision.object.status ?? {};
  if (lifecycle !== "draft" && lifecycle !== "proposed") return [];
  const found = (message: string) => ({ invariant: 6 as const, subject: revision.key, message });
  // An edit that is refused, or on its way, is not acknowledged.
  if (revision.pages.length === 0 || revision.pages.some((page) => !isAcknowledged(page))) return [];
  if (commit === undefined) return [found("is a draft, and status has no commit")];
  const ref = `refs/heads/${revision.path}/${revision.object.spec.packageRevID.workspace}`;
  const head = one.remote.refs.get(ref)?.commit;
  if (head === undefined) return revision.reason === "BranchMissing" ? [] : [found(`${one.key} has no ${ref}`)];
  if (head !== commit) {
    return revision.reason === "BranchRewritten"
      ? []
      : [found(`${ref} of ${one.key} is at ${head}, status says ${commit}`)];
  }
  const files = filesOf(one, revision, commit);
  return files === undefined ? [] : differencesOf(one, revision, files).map(found);
}

function isAcknowledged({ metadata, status }: PackageRevisionResources): boolean {
  const { observedGeneration, error } = status ?? {};
  return error === undefined && (observedGeneration ?? 1) >= (metadata.generation ?? 1);
}

/** Every acknowledged edit is somewhere in the history of what leads on from its draft. */
function ledgerEdits(one: RepositorySituation, revision: RevisionSituation, ledger: Ledger): readonly Violation[] {
  return ledger.edits
    .filter((edit) => edit.revision === revision.key)
    .flatMap((edit) =>
      [...edit.files].flatMap(([path, bytes]) => {
        const full = `${revision.path}/${path}`;
        const known = one.remote.pathHistory.get(full) ?? new Set<string>();
        const [like = "0".repeat(40)] = known;
        const wanted = bytes === null ? "0".repeat(like.length) : blobOid(bytes, like);
        if (known.has(wanted)) return [];
        const what = bytes === null ? "the deletion" : `the ${bytes.length} bytes`;
        const message = `${what} of ${JSON.stringify(path)} that were acknowledged are in no commit of ${one.key}`;
        return { invariant: 6, subject: revision.key, message };
      }),
    );
}

/** The files of a package in a commit, those of packages below it too; undefined where it cannot be told. */
function filesOf(
  one: RepositorySituation,
  { path }: RevisionSituation,
  commit: string | undefined,
): readonly FileView[] | undefined {
  if (commit === undefined) return undefined;
  const folder = folderAt(one, commit, path);
  if (folder !== undefined) return folder.files;
  // A draft whose last file went has no folder.
  return [...one.remote.refs.values()].some((ref) => ref.commit === commit) ? [] : undefined;
}

/** What the digest may be: packages below may have come since, and what is published does not change by that. */
export function digestsOf(files: readonly FileView[], nested: readonly string[]): readonly string[] {
  const own = [ownFiles(files, nested), files];
  return own.map((some) => contentDigest(showFiles(some.map(packageFile)).files));
}

function packageFile({ path, mode, oid, notUtf8, size, bytes }: FileView): PackageFile {
  const shown = !notUtf8 && hiddenReason({ path, mode, ...(size !== undefined && { size }) }) === undefined;
  return { path, mode, oid, ...(size !== undefined && { size }), ...(shown && bytes !== undefined && { bytes }) };
}

/** How the pages differ from the files of a commit, path by path. */
function differencesOf(
  one: RepositorySituation,
  revision: RevisionSituation,
  files: readonly FileView[],
): readonly string[] {
  if (revision.pages.length === 0 || isLeaving(revision)) return [];
  const shown = new Map<string, Uint8Array>();
  const differences: string[] = [];
  for (const { spec } of revision.pages) {
    for (const [path, text] of Object.entries(spec.resources ?? {})) shown.set(path, Buffer.from(text, "utf8"));
    for (const [path, base64] of Object.entries(spec.binaryResources ?? {}))
      shown.set(path, Buffer.from(base64, "base64"));
  }
  const count = revision.pages[0]?.status?.pages ?? revision.pages.length;
  if (count !== revision.pages.length) differences.push(`there are ${revision.pages.length} pages of ${count}`);
  const nested = nestedIn(one, revision.path).filter(
    (folder) => ![...shown.keys()].some((path) => isBelow(path, folder)),
  );
  const normal = new Map(showFiles(ownFiles(files, nested).map(packageFile)).files.map((file) => [file.path, file]));
  for (const [path, bytes] of shown) {
    const file = normal.get(path);
    if (file?.bytes === undefined) differences.push(`${JSON.stringify(path)} is shown, and is not in Git's commit`);
    else if (Buffer.compare(file.bytes, bytes) !== 0)
      differences.push(`${JSON.stringify(path)} is shown with other bytes than Git has`);
  }
  const hidden = [...normal.values()].filter((file) => file.bytes === undefined);
  const lacking = [...normal.values()].filter((file) => file.bytes !== undefined && !shown.has(file.path));
  differences.push(...lacking.map((file) => `${JSON.stringify(file.path)} is in Git's commit, and is not shown`));
  const { filesNotShownCount = 0 } = revision.pages[0]?.status ?? {};
  if (hidden.length !== filesNotShownCount) {
    differences.push(
      `${hidden.length} files of Git's commit cannot be shown, filesNotShownCount is ${filesNotShownCount}`,
    );
  }
  return differences;
}

function isLeaving({ object }: RevisionSituation): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
