import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { blobOid } from "../../src/core/identity/hash.ts";
import { objectFormatOf } from "../../src/core/identity/oid.ts";
import { proposalDigest } from "../../src/core/revision/proposal-digest.ts";
import { differencesOf, digestsOf, filesOf, isTerminating } from "./differences.ts";
import type { Ledger } from "./ledger.ts";
import type { Violation } from "./observation.ts";
import { nestedIn, type RepositorySituation, type RevisionSituation, type Situation } from "./situation.ts";

/** 6: every edit that an object's status acknowledges is in Git. */
export function checkEdits({ repositories }: Situation, ledger: Ledger): readonly Violation[] {
  return repositories.flatMap((one) =>
    one.revisions.flatMap((revision) => [...checkDraft(one, revision), ...checkLedgerEdits(one, revision, ledger)]),
  );
}

/** Checks that a draft or proposal shows the files of the commit in its status, and that this commit is its branch. */
function checkDraft(one: RepositorySituation, revision: RevisionSituation): readonly Violation[] {
  const { lifecycle, commit } = revision.object.status ?? {};
  if (lifecycle !== "draft" && lifecycle !== "proposed") return [];
  const found = (message: string) => ({ invariant: 6 as const, subject: revision.key, message });
  if (isTerminating(revision)) return [];
  if (revision.pages.length === 0) return [found(`is a ${lifecycle}, and has no contents objects`)];
  // A refused or pending edit is not acknowledged.
  if (revision.pages.some((page) => !isAcknowledged(page))) return [];
  if (commit === undefined) return [found("is a draft, and status has no commit")];
  const ref = `refs/heads/${revision.path}/${revision.object.spec.packageRevID.workspace}`;
  const { commit: head, trailers } = one.remote.refs.get(ref) ?? {};
  if (head === undefined) return revision.reason === "BranchMissing" ? [] : [found(`${one.key} has no ${ref}`)];
  if (head !== commit) {
    return revision.reason === "BranchRewritten"
      ? []
      : [found(`${ref} of ${one.key} is at ${head}, status has ${commit}`)];
  }
  const files = filesOf(one, revision, commit);
  if (files === undefined) return [];
  const { contentDigest, proposal } = revision.object.status ?? {};
  const digests = digestsOf(files, nestedIn(one, revision.path));
  const approvable = digests.map((digest) => proposalDigest(digest, trailers?.metadata ?? {}));
  const wrongFiles = contentDigest === undefined || digests.includes(contentDigest) ? [] : [contentDigest];
  const wrongProposal = proposal === undefined || approvable.includes(proposal.digest) ? [] : [proposal.digest];
  return [
    ...wrongFiles.map((digest) => found(`status has ${digest}, the files of its commit have ${digests[0]}`)),
    ...wrongProposal.map((digest) => found(`the proposal is ${digest}, its commit is ${approvable[0]}`)),
    ...differencesOf(one, revision, files).map(found),
  ];
}

function isAcknowledged({ metadata, status }: PackageRevisionResources): boolean {
  const { observedGeneration, error } = status ?? {};
  return error === undefined && (observedGeneration ?? 1) >= (metadata.generation ?? 1);
}

/** Reasons that report an external change of a branch or a tag: edits may be lost with it. */
const REF_CHANGED: ReadonlySet<string | undefined> = new Set([
  "BranchMissing",
  "BranchRewritten",
  "NotVerified",
  "TagMissing",
  "TagMoved",
]);

/** Checks that every acknowledged edit is in the history of its file. */
function checkLedgerEdits(one: RepositorySituation, revision: RevisionSituation, ledger: Ledger): readonly Violation[] {
  return ledger.edits
    .filter((edit) => edit.revision === revision.key && !REF_CHANGED.has(revision.reason))
    .flatMap((edit) =>
      [...edit.files].flatMap(([path, bytes]) => {
        const full = `${revision.path}/${path}`;
        const known = one.remote.pathHistory.get(full) ?? new Set<string>();
        const [like = "0".repeat(40)] = known;
        const wanted = bytes === null ? "0".repeat(like.length) : blobOid(bytes, objectFormatOf(like));
        if (known.has(wanted)) return [];
        const what = bytes === null ? "the deletion" : `the ${bytes.length} bytes`;
        const message = `${what} of ${JSON.stringify(path)} that were acknowledged are in no commit of ${one.key}`;
        return { invariant: 6, subject: revision.key, message };
      }),
    );
}
