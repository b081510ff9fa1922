import type { Oid } from "../../src/core/identity/oid.ts";
import { isTerminating } from "./differences.ts";
import type { Ledger } from "./ledger.ts";
import type { RemoteView, Violation } from "./observation.ts";
import type { RepositorySituation, RevisionSituation, Situation } from "./situation.ts";

/**
 * 8: plain git verifies what the operator made. That is what an object says to be the operator's; and, where it is
 * known who forged its name, each commit and tag in that name. `checkTags` of published.ts has the provenance of tags.
 */
export function checkSignatures({ repositories }: Situation, { forged }: Ledger): readonly Violation[] {
  return repositories.flatMap((one) => [
    ...one.revisions.flatMap((revision) => checkDraft(one, revision)),
    ...(forged === undefined ? [] : checkAll(one, new Set(forged))),
  ]);
}

/** Commits and annotated tags in the operator's name that plain git does not verify. */
export function unverifiedIn({ commits, refs }: RemoteView): readonly { readonly what: string; readonly oid: Oid }[] {
  const ofCommits = [...commits].filter(([, one]) => one.inOperatorsName && !one.byOperator);
  const ofTags = [...refs.values()].filter(({ tagInOperatorsName }) => tagInOperatorsName === "unverified");
  return [
    ...ofCommits.map(([oid]) => ({ what: `commit ${oid}`, oid })),
    ...ofTags.map(({ ref, oid }) => ({ what: ref, oid })),
  ];
}

function checkAll({ key, remote }: RepositorySituation, forged: ReadonlySet<Oid>): readonly Violation[] {
  return unverifiedIn(remote)
    .filter(({ oid }) => !forged.has(oid))
    .map(({ what }) => ({
      invariant: 8,
      subject: `${key} ${what}`,
      message: "is in the operator's name, and git does not verify it with the published keys",
    }));
}

/** Checks that the provenance of a draft or proposal is that of its branch's newest commit. */
function checkDraft(one: RepositorySituation, revision: RevisionSituation): readonly Violation[] {
  const { lifecycle, commit, provenance } = revision.object.status ?? {};
  if ((lifecycle !== "draft" && lifecycle !== "proposed") || isTerminating(revision)) return [];
  const branch = `refs/heads/${revision.path}/${revision.object.spec.packageRevID.workspace}`;
  const draft = one.drafts.find(({ ref }) => ref === branch);
  // Invariant 6 reports a branch that is missing or elsewhere.
  if (draft === undefined || draft.commit !== commit) return [];
  const found = draft.trailers === undefined ? "External" : "Operator";
  if (provenance === found) return [];
  const message = `commit ${commit} of ${one.key} ${branch} is ${found}, status has ${provenance}`;
  return [{ invariant: 8, subject: revision.key, message }];
}
