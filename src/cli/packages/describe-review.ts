import { isLatest } from "../names/match.ts";
import { shortName } from "../names/query.ts";
import { formatAge } from "../output/age.ts";
import { formatFacts } from "../output/facts.ts";
import { printable, printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { approvalsOf } from "./approvals.ts";
import { invalidFilesOf, unfinishedOf } from "./conditions.ts";
import { describeGates, gatesUnknown } from "./describe-gates.ts";
import { describeHidden } from "./describe-hidden.ts";
import { describeRejection } from "./describe-rejection.ts";
import { describeResults } from "./describe-results.ts";
import type { Review } from "./review.ts";

/** Who did what, and what an approver should know before the diff. */
export function describeReview(review: Review, style: Style, now: number): readonly string[] {
  const { revision, proposal, contents, previous, authors } = review;
  const replaces =
    previous && `${shortName(previous.revision)}${isLatest(previous.revision) ? "" : ", which is not the latest"}`;
  return [
    style.bold(printable(shortName(revision))),
    ...formatFacts(
      [
        ["Proposed by", `${proposal.by ?? "an unknown user"}, ${formatAge(proposal.at, now)} ago`],
        ["Rejected", describeRejection(revision.status?.lastRejection, now)],
        ["Changed by", authors.length === 0 ? "not recorded" : authors.join(", ")],
        ["Replaces", replaces ?? "nothing: it is the first revision"],
        ["Digest", proposal.digest],
        ["Approvals", approvalsOf(revision)],
        ["Rendered by", revision.status?.rendering?.functions.join(", ")],
        ...(revision.status?.rendering?.data ?? []).map((one) => ["Took", printableLine(one)] as const),
        ["Commit", proposal.commit],
        [
          "Files",
          `${contents.files.size}${contents.hiddenCount > 0 ? `, and ${contents.hiddenCount} in Git only` : ""}`,
        ],
        ...(contents.executables.length > 0 ? [["Executable", contents.executables.join(", ")] as const] : []),
        ...contents.hidden.map(
          (file) => ["In Git only", `${printableLine(file.path)}: ${describeHidden(file)}`] as const,
        ),
      ],
      style,
    ),
    ...warningsOf(review).map((text) => `${style.yellow("warning:")} ${printable(text)}`),
    ...describeResults(contents.pages, style),
  ];
}

/** What stands against an approval, or cannot be seen here. */
function warningsOf({ revision, repository, contents }: Review): readonly string[] {
  const waitingFor = revision.status?.waitingFor ?? [];
  const files = invalidFilesOf(revision);
  const gates = describeGates(revision, repository);
  const open = gates.filter(({ conditionType, isOpen }) => isOpen && conditionType !== "FilesValid");
  return [
    ...(files === undefined ? [] : [`files: ${files.reason}: ${files.message}`]),
    ...unfinishedOf(revision).map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
    ...open.map(({ conditionType, state }) => `the gate ${conditionType} ${state}`),
    ...(repository === undefined ? [gatesUnknown(revision)] : []),
    ...(waitingFor.length > 0 ? [`it waits for ${waitingFor.join(", ")}`] : []),
    ...(contents.hiddenCount > 0 ? [`${contents.hiddenCount} of its files are in Git only, and not shown here`] : []),
  ];
}
