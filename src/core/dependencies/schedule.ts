import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_SCHEDULED_FOR } from "../../api/v1alpha1/well-known.ts";
import type { Verdict } from "../conditions/conditions.ts";
import { objectName } from "../identity/names.ts";
import { type DependencyGraph, type DependencyNode, isOrdered } from "./graph.ts";
import { isAmbiguous } from "./missing.ts";
import { packageName, revisionName, targetOf } from "./revision-apis.ts";
import { placeFor, WORKSPACE } from "./scheduled-draft.ts";
import { TargetPackages } from "./target-packages.ts";

/** Packages that a message names. */
const MAX_NAMED = 5;
/** Drafts that are made for one draft, over time. */
const MAX_MADE = 64;
const TOO_MANY = `; no more than ${MAX_MADE} drafts are made for one: add the others to the target`;

/** Why no draft is made, though one is missing. */
export type NotMade = "notAsked" | "notProposed" | "unattributed";

const ADVICE: Readonly<Record<NotMade, string>> = {
  notAsked: "add them to the target; spec.readinessGates of the Repository does not ask for their drafts",
  notProposed: "the drafts that are missing are made once this one is to be proposed",
  unattributed: "drafts are not made, since not everybody who changed this one is known: add them to the target",
};

export interface ScheduleRequest {
  /** What the draft needs. */
  readonly graph: DependencyGraph;
  /** Of its target, in all Repositories. */
  readonly revisions: readonly PackageRevision[];
  /** Names of drafts that were made for this one before. */
  readonly made: readonly string[];
  readonly notMade: NotMade | undefined;
}

export interface Schedule {
  /** The condition `Scheduled`. */
  readonly verdict: Verdict;
  /** Packages of which drafts are to be made now: what they need is published in the target. */
  readonly toMake: readonly DependencyNode[];
  /** Names of drafts that were made for it, and that nobody has recorded: the operator ended in between. */
  readonly unrecorded: readonly string[];
}

/** A package that is missing, and what there is of it. */
interface Missing {
  readonly node: DependencyNode;
  /** The name that its draft is made under. */
  readonly name: string;
  /** A draft or proposal of it, whoever made that. */
  readonly draft: PackageRevision | undefined;
  /** A package is at its place that was made from something else. */
  readonly isTaken: boolean;
}

const PUBLISHED: Verdict = {
  status: "True",
  reason: "DependenciesPublished",
  message: "the packages that it needs are published in its target",
};

/** Whether all that a draft needs is published in its target, and what is to be made of the rest. */
export function planSchedule({ graph, revisions, made, notMade }: ScheduleRequest): Schedule {
  const { root } = graph;
  if (targetOf(root.revision.package) === undefined)
    return report({ ...PUBLISHED, message: "it is for no target: where it is cloned to, what it needs is looked for" });
  const { missing: nodes } = graph;
  const problem = findProblem(graph, nodes);
  if (problem !== undefined) return report(unready("DependenciesUnresolved", problem));
  if (nodes.length === 0) return report(PUBLISHED);
  const target = new TargetPackages(revisions);
  const missing = nodes.map((node) => whatThereIsOf(node, root, target));
  const refusal = findAmbiguous(missing) ?? findTaken(missing) ?? findDeleted(missing, made);
  if (refusal !== undefined) return report(refusal);
  const absent = missing.filter(({ draft }) => draft === undefined);
  const ids = new Set(nodes.map(({ id }) => id));
  const due = absent.filter(({ node }) => [...node.edges].every(([id, needs]) => !isOrdered(needs) || !ids.has(id)));
  const isLimited = made.length + due.length > MAX_MADE;
  const toMake = notMade === undefined && !isLimited ? due.map(({ node }) => node) : [];
  return {
    verdict: unready(
      "DependenciesUnpublished",
      `${describe(missing, absent.length > 0 ? notMade : undefined)}${isLimited ? TOO_MANY : ""}`,
    ),
    toMake,
    unrecorded: unrecordedOf(missing, root, made),
  };
}

function report(verdict: Verdict): Schedule {
  return { verdict, toMake: [], unrecorded: [] };
}

function unrecordedOf(missing: readonly Missing[], root: DependencyNode, made: readonly string[]): readonly string[] {
  return missing.flatMap(({ draft }) => {
    const { annotations, name = "" } = draft?.metadata ?? {};
    const isOwn = annotations?.[ANNOTATION_SCHEDULED_FOR] === root.revision.name;
    return isOwn && !made.includes(name) ? [name] : [];
  });
}

function unready(reason: string, message: string): Verdict {
  return { status: "False", reason, message };
}

function findProblem({ root, cycles, nodes }: DependencyGraph, missing: readonly DependencyNode[]): string | undefined {
  const all = [root, ...missing];
  const errors = all.flatMap((node) => {
    const prefix = node === root ? "" : `${revisionName(node.revision)}: `;
    return node.problems.flatMap(({ severity, message }) => (severity === "error" ? [`${prefix}${message}`] : []));
  });
  const ids = new Set(all.map(({ id }) => id));
  const circles = cycles.filter((one) => one.some((id) => ids.has(id)));
  const described = circles.map((one) => {
    const names = one.flatMap((id) => nodes.get(id)?.revision ?? []).map(revisionName);
    return `a circle: ${names.join(" → ")}`;
  });
  const [first] = [...errors, ...described];
  const more = errors.length + described.length - 1;
  return first === undefined ? undefined : `${first}${more > 0 ? `, and ${more} more (see status.dependencies)` : ""}`;
}

function whatThereIsOf(node: DependencyNode, root: DependencyNode, target: TargetPackages): Missing {
  const place = placeFor(root.revision, node.revision);
  const draft = target.draftOf(node.revision, place);
  return { node, name: objectName(place.repository, place, WORKSPACE), draft, isTaken: target.isTaken(place) };
}

/** A person has to choose, unless somebody has begun with one of them. */
function findAmbiguous(missing: readonly Missing[]): Verdict | undefined {
  const unclear = missing.filter(({ node, draft }) => isAmbiguous(node) && draft === undefined);
  if (unclear.length === 0) return undefined;
  const names = unclear.map(({ node }) => `${revisionName(node.revision)} or ${[...node.alternatives].join(" or ")}`);
  const advice = "name the one in a PackageDependency, or add it to the target";
  return unready("AmbiguousDependency", `several packages have what it needs: ${listOf(names)}: ${advice}`);
}

function findTaken(missing: readonly Missing[]): Verdict | undefined {
  const taken = missing.filter(({ draft, isTaken }) => isTaken && draft === undefined);
  if (taken.length === 0) return undefined;
  const names = listOf(taken.map(({ node }) => packageName(node.revision.package)));
  const advice = "upgrade them to it, or add it to the target under another name";
  return unready("DependencyTaken", `the target has other packages at the places of ${names}: ${advice}`);
}

/** Whoever deletes such a draft does not want it: it is not made again. */
function findDeleted(missing: readonly Missing[], made: readonly string[]): Verdict | undefined {
  const deleted = missing.filter(({ draft, name }) => draft === undefined && made.includes(name));
  if (deleted.length === 0) return undefined;
  const names = listOf(deleted.map(({ name }) => name));
  const advice = "add the packages to the target, or remove what needs them";
  return unready("DraftDeleted", `drafts that were made for this one were deleted: ${names}: ${advice}`);
}

function describe(missing: readonly Missing[], notMade: NotMade | undefined): string {
  const texts = missing.map(({ node, draft }) => {
    const what = draft === undefined ? "no draft yet" : stateOf(draft);
    return `${revisionName(node.revision)} (${what})`;
  });
  const advice = notMade === undefined ? "" : `; ${ADVICE[notMade]}`;
  return `the target does not have what it needs yet: ${listOf(texts)}${advice}`;
}

function stateOf({ metadata, status }: PackageRevision): string {
  return status?.lifecycle === "proposed" ? `${metadata.name} is to be approved` : `${metadata.name} is to be proposed`;
}

function listOf(texts: readonly string[]): string {
  const rest = texts.length > MAX_NAMED ? `, and ${texts.length - MAX_NAMED} more` : "";
  return `${texts.slice(0, MAX_NAMED).join(", ")}${rest}`;
}
