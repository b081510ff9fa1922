import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { ContentsMode, Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import { type ContentsCandidate, type RetentionPlan, retainedByMode } from "../../core/files/retention-plan.ts";

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
