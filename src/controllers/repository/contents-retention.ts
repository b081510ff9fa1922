import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { ContentsMode, Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import {
  type ContentsCandidate,
  planRetention,
  type RetentionPlan,
  retainedByMode,
} from "../../core/files/retention-plan.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { RepositoryCache } from "./repository-cache.ts";

/**
 * Which published revisions of one Repository have their files in the cluster: what was planned last for all of them, and
 * what has come since. Asking costs the same however many there are.
 */
export class ContentsRetention {
  readonly #decided = new Map<string, boolean>();
  /** What of the budget is not used, in bytes of JSON; below zero until it is planned again. */
  #left = 0;

  decide(candidates: readonly ContentsCandidate[], plan: RetentionPlan, budget: number): void {
    this.#decided.clear();
    for (const { name } of candidates) this.#decided.set(name, plan.kept.has(name));
    this.#left = budget - plan.bytes;
  }

  /**
   * Whether the files of a published revision are to be in the cluster. One that no plan knows yet stays if it is there, as
   * what is newly published, and comes if there is room: the next plan has all of them.
   */
  keeps(
    mode: ContentsMode,
    one: { readonly name: string; readonly size: number; readonly latest: boolean; readonly present: boolean },
  ): boolean {
    const { name, size, latest, present } = one;
    const known = retainedByMode(mode, latest) ?? this.#decided.get(name);
    if (known !== undefined) return known;
    if (!present && size > this.#left) return false;
    this.#decided.set(name, true);
    this.#left -= size;
    return true;
  }
}

export function contentsMode(repository: Repository | undefined): ContentsMode {
  return repository?.spec.contents ?? "Auto";
}

/** True if somebody wants to see this revision's files, kept or not. */
export function isShownOnDemand({ metadata }: PackageRevision): boolean {
  return metadata.annotations?.[ANNOTATION_SHOW_CONTENTS] === "true";
}

/** Plans anew what is kept; `differing`: the keys of package revisions for which that is not what the cluster has. */
export function planRepositoryRetention(
  operator: ControllerContext,
  repository: Repository,
  state: RepositoryCache,
): { readonly plan: RetentionPlan; readonly differing: readonly string[] } {
  const budget = operator.contentsBudget;
  const revisions = operator.revisions.byIndex("repository", state.key);
  const found = revisions.flatMap((object) => {
    const candidate = candidateOf(state, object);
    return candidate === undefined ? [] : [{ object, candidate }];
  });
  const candidates = found.map((one) => one.candidate);
  const plan = planRetention(contentsMode(repository), budget, candidates);
  state.kept.decide(candidates, plan, budget);
  const differing = found.flatMap(({ object, candidate: { name, always } }) => {
    const key = keyOf(object);
    const wanted = plan.kept.has(name) || isShownOnDemand(object);
    return always || wanted === operator.contents.byIndex("owner", key).length > 0 ? [] : [key];
  });
  return { plan, differing };
}

/** Undefined for what takes nothing, or has not been read yet: it asks for itself when it has. */
function candidateOf(state: RepositoryCache, object: PackageRevision): ContentsCandidate | undefined {
  const { status, metadata } = object;
  const { contentsSize: size } = status ?? {};
  if (status?.lifecycle === undefined || size === undefined || metadata.deletionTimestamp !== undefined)
    return undefined;
  const { name } = metadata;
  const published = status.lifecycle === "published" || status.lifecycle === "deletionProposed";
  const found = published ? state.index.byName(name) : undefined;
  if (found?.kind === "published" && found.commit === status.commit) {
    const latest = state.index.latest(found.path)?.revision === found.revision;
    return { name, size, always: false, latest, time: found.time ?? 0 };
  }
  // A tag that was moved or deleted: what it was stays as it is, here as well.
  return status.contents === "GitOnly" ? undefined : { name, size, always: true, latest: false, time: 0 };
}
