import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { ContentsMode } from "../../api/v1alpha1/repository-spec.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import { type ContentsCandidate, type RetentionPlan, retainedByMode } from "../../core/files/retention-plan.ts";

/**
 * Which published revisions of one Repository have their contents in the cluster: those of the last plan, and those
 * published since. A decision costs the same however many revisions there are.
 */
export class ContentsRetention {
  readonly #decided = new Map<string, boolean>();
  /** The unused budget in bytes of JSON; may be negative until the next plan. */
  #left = 0;

  decide(candidates: readonly ContentsCandidate[], plan: RetentionPlan, budget: number): void {
    this.#decided.clear();
    for (const { name } of candidates) this.#decided.set(name, plan.kept.has(name));
    this.#left = budget - plan.bytes;
  }

  /**
   * True if the contents of a published revision belong in the cluster. Contents of revisions that no plan contains yet
   * stay if they are present, as after a publication, and are added while the budget lasts: the next plan decides on
   * them.
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

/** True if the user requested this revision's contents by annotation, whatever the plan is. */
export function isShownOnDemand({ metadata }: PackageRevision): boolean {
  return metadata.annotations?.[ANNOTATION_SHOW_CONTENTS] === "true";
}
