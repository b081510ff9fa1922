import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { currentLifecycle, isLatest } from "../names/match.ts";
import { shortName } from "../names/query.ts";
import { formatAge } from "../output/age.ts";
import { formatConditions } from "../output/conditions.ts";
import { type Fact, formatFacts, section } from "../output/facts.ts";
import { printable, printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { describeInput } from "../settings/inputs.ts";
import { approvalsOf, listApprovals } from "./approvals.ts";
import { readyOf } from "./conditions.ts";
import { describeDependencies } from "./describe-dependencies.ts";
import { describeGates, gatesUnknown } from "./describe-gates.ts";
import { describeRejection } from "./describe-rejection.ts";
import type { Surroundings } from "./surroundings.ts";
import { currentUpstream, upstreamName } from "./upstream.ts";

/** What a package revision is, in what state, and what it waits for: lines for a person. */
export function describeRevision(
  revision: PackageRevision,
  { repository, authors }: Pick<Surroundings, "repository" | "authors">,
  style: Style,
  now: number,
): readonly string[] {
  const { metadata, spec, status = { observedGeneration: -1 } } = revision;
  const id = spec.packageRevID;
  const ago = (time: string) => `${time} (${formatAge(time, now)} ago)`;
  const facts: readonly Fact[] = [
    ["Object", metadata.name],
    ["Package", [id.target, id.realm, id.package].filter((part) => part !== undefined).join(" / ")],
    ["Repository", id.repository],
    ["Workspace", id.workspace],
    ["Lifecycle", describeLifecycle(revision)],
    ["Waits for", describeWait(revision, repository, authors)],
    ["Revision", status.revision && `${status.revision}${isLatest(revision) ? " (latest)" : ""}`],
    ["Began from", describeBase(revision)],
    ["Upstream", describeUpstream(revision)],
    ["Dependencies", describeDependencies(revision)],
    ["Inputs", spec.inputs?.map(describeInput).join(", ")],
    ["Changed by", authors.length === 0 ? undefined : authors.join(", ")],
    ["Proposed", status.proposal && `by ${status.proposal.by ?? "an unknown user"}, ${ago(status.proposal.at)}`],
    ["Digest", status.proposal?.digest],
    ...listApprovals(revision, now).map((one) => ["Approved by", one] as const),
    ["Published", status.publishTimestamp && `by ${publisherOf(revision)}, ${ago(status.publishTimestamp)}`],
    ["Provenance", status.provenance],
    ["Taken back", status.takenBack],
    ["Rejected", status.rejected ?? describeRejection(status.lastRejection, now)],
    ["Rendered by", status.rendering?.functions.join(", ")],
    ...(status.rendering?.data ?? []).map((one) => ["Took", printableLine(one)] as const),
    ["Files", status.files === undefined ? undefined : describeFiles(revision)],
    ["Commit", status.commit],
    ["Created", metadata.creationTimestamp && ago(metadata.creationTimestamp)],
  ];
  return [
    `${style.bold(printable(shortName(revision)))}  ${colourOf(revision, style)(currentLifecycle(revision))}`,
    "",
    ...formatFacts(facts, style),
    ...section("Conditions", formatConditions(status.conditions, style, now), style),
    ...section("Gates", formatGates(revision, repository, style), style),
  ];
}

function publisherOf({
  status: { publishedBy = "unknown", publishedByRule } = { observedGeneration: -1 },
}: PackageRevision) {
  return publishedByRule === undefined ? publishedBy : `rule ${publishedByRule}`;
}

/** The command that most users want next; undefined if there is nothing to do. */
export function nextCommand(revision: PackageRevision): string | undefined {
  const name = shellQuote(shortName(revision));
  if (revision.metadata.deletionTimestamp !== undefined) return undefined;
  switch (currentLifecycle(revision)) {
    case "draft":
      return `propose ${name}`;
    case "proposed":
      return `approve ${name}`;
    case "deletionProposed":
      return `delete ${name}`;
    default:
      return undefined;
  }
}

function describeLifecycle(revision: PackageRevision): string {
  const current = currentLifecycle(revision);
  const desired = revision.spec.lifecycle ?? "draft";
  if (revision.metadata.deletionTimestamp !== undefined) return `${current}, being deleted`;
  return desired === current ? current : `${current}, ${desired} is requested`;
}

/** For what, and for whom. */
function describeWait(
  revision: PackageRevision,
  repository: Repository | undefined,
  authors: readonly string[],
): string | undefined {
  const { spec, status, metadata } = revision;
  const { waitingFor = [], lifecycle, proposal, deletionProposal } = status ?? {};
  const approvals = lifecycle === "proposed" ? approvalsOf(revision) : undefined;
  if (waitingFor.length > 0) return [...waitingFor, ...(approvals === undefined ? [] : [approvals])].join(": ");
  if (metadata.deletionTimestamp !== undefined || spec.lifecycle !== lifecycle) return undefined;
  if (lifecycle === "deletionProposed") {
    const others = deletionProposal?.fourEyes === true ? ` other than ${deletionProposal.by ?? "who proposed it"}` : "";
    return `its deletion, by a user who may approve${others}`;
  }
  if (lifecycle !== "proposed") return undefined;
  if (approvals !== undefined) return approvals;
  const involved = [...new Set([...authors, ...(proposal?.by === undefined ? [] : [proposal.by])])];
  const isFourEyes = repository?.spec.approval?.fourEyes === true;
  return `an approval, by a user who may approve${isFourEyes && involved.length > 0 ? ` other than ${involved.join(", ")}` : ""}`;
}

function describeBase({ status }: PackageRevision): string | undefined {
  const { base, outdatedBy: latest } = status ?? {};
  if (base === undefined || status?.lifecycle === "published") return undefined;
  const what =
    base.revision ?? (base.mainCommit === undefined ? "nothing: it is the first" : `main at ${base.mainCommit}`);
  return latest === undefined ? what : `${what} (${latest} is the latest: rebase it)`;
}

function describeUpstream(revision: PackageRevision): string | undefined {
  const lock = currentUpstream(revision);
  if (lock !== undefined) {
    const { upgrade: later, upgradeChanges } = revision.status ?? {};
    const changes = upgradeChanges === undefined ? "" : `: ${upgradeChanges}`;
    const upgrade = later === undefined ? "" : `; ${later} is there${changes}`;
    return `${upstreamName(lock)}@${lock.revision} (commit ${lock.commit}${upgrade})`;
  }
  const { upstream } = revision.spec;
  return upstream && `${upstreamName(upstream)}@${upstream.revision ?? "latest"}`;
}

function describeFiles({ status }: PackageRevision): string {
  return `${status?.files}${status?.contents === "GitOnly" ? ", in Git only" : ""}`;
}

/** Of a published revision, the gates are over. */
function formatGates(revision: PackageRevision, repository: Repository | undefined, style: Style): readonly string[] {
  if (!["draft", "proposed"].includes(currentLifecycle(revision))) return [];
  const lines = describeGates(revision, repository).map(({ conditionType, isOpen, state }) => {
    const colour = isOpen ? style.yellow : style.green;
    return `  ${colour(printable(conditionType))} ${printable(state).replaceAll("\n", "\n    ")}`;
  });
  return repository === undefined ? [...lines, `  ${printable(gatesUnknown(revision))}`] : lines;
}

function colourOf(revision: PackageRevision, style: Style): (text: string) => string {
  const ready = readyOf(revision);
  return ready?.status === "True" ? style.green : ready?.status === "False" ? style.red : style.yellow;
}
