import type { ObjectMeta } from "../../../api/meta.ts";
import type { PackageChanges } from "../../../api/v1alpha1/package-changes.ts";
import type { PackageResult, PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";

interface CachedPage {
  /** The generation that status acknowledges. */
  readonly acknowledged: number;
  readonly frozen: boolean;
  /** Status requires that edits name their users. */
  readonly attributed: boolean;
  /** Status has the error of a refused edit or proposal. */
  readonly refused: boolean;
  /** The commit in status. */
  readonly commit: Oid | undefined;
  /** The file problems in status, as page 1 has them; empty if there are none. */
  readonly problems: string;
  /** The results of render and validation, in the same way. */
  readonly results: string;
  /** The digest of what status says that the package changes; empty if it says nothing. */
  readonly changes: string;
}

/** The part of a page's status about problems in the files. */
export type ProblemStatus = {
  readonly fileProblemsCount?: number | undefined;
  readonly fileProblems?: FileReport["problems"] | undefined;
};

/** Of a render and a validation. */
export interface PackageResults {
  readonly results: readonly PackageResult[];
  readonly resultsCount: number;
  readonly changes?: PackageChanges | undefined;
}

/** The part of a page's status about them. */
export type ResultStatus = {
  readonly resultsCount?: number | undefined;
  readonly results?: readonly PackageResult[] | undefined;
  readonly changes?: PackageChanges | undefined;
};

/** What this process knows of contents objects beyond their metadata, from its own reads and writes; by uid. */
export class PageCache {
  readonly #pages = new Map<string, CachedPage>();

  remember(page: PackageRevisionResources): void {
    const { uid = "", generation = 0 } = page.metadata;
    const frozen = page.status?.frozen ?? true;
    const acknowledged = frozen && generation === 1 ? 1 : (page.status?.observedGeneration ?? -1);
    const refused = page.status?.error !== undefined;
    const { commit, attribution } = page.status ?? {};
    const attributed = attribution !== undefined;
    this.#pages.set(uid, {
      acknowledged,
      frozen,
      attributed,
      refused,
      commit,
      problems: describeProblems(page.status ?? {}),
      results: describeResults(page.status ?? {}),
      changes: describeChanges(page.status ?? {}),
    });
  }

  has(uid: string | undefined): boolean {
    return this.#pages.has(uid ?? "");
  }

  /** True if this process knows that the page takes no edits. */
  isFrozen(uid: string | undefined): boolean {
    return this.#pages.get(uid ?? "")?.frozen === true;
  }

  shownCommit(uid: string | undefined): Oid | undefined {
    return this.#pages.get(uid ?? "")?.commit;
  }

  /** True if a page is as this process left it, and its status reports no refusal. */
  isSettled({ uid = "", generation = 0 }: ObjectMeta, frozen: boolean, attributed: boolean): boolean {
    const known = this.#pages.get(uid);
    if (!frozen && known?.attributed !== attributed) return false;
    return known?.frozen === frozen && !known.refused && known.acknowledged >= generation;
  }

  hasFileProblems(uid: string | undefined, problems: ProblemStatus): boolean {
    return this.#pages.get(uid ?? "")?.problems === describeProblems(problems);
  }

  /** What a draft changes is of interest once it is a proposal: alone it is not worth a write. */
  hasResults(uid: string | undefined, results: ResultStatus): boolean {
    const page = this.#pages.get(uid ?? "");
    return page?.results === describeResults(results) && (!page.frozen || page.changes === describeChanges(results));
  }

  forget(uid: string): void {
    this.#pages.delete(uid);
  }

  clear(): void {
    this.#pages.clear();
  }
}

/** Status fields for a report; undefined fields are removed. */
export function problemStatus({ problems, count }: FileReport): ProblemStatus {
  const some = count > 0;
  return { fileProblemsCount: some ? count : undefined, fileProblems: some ? problems : undefined };
}

export function resultStatus({ results, resultsCount, changes }: PackageResults): ResultStatus {
  const some = resultsCount > 0;
  return { resultsCount: some ? resultsCount : undefined, results: some ? results : undefined, changes };
}

function describeChanges({ changes }: ResultStatus): string {
  return changes === undefined ? "" : sha256Hex(canonicalJson(changes));
}

function describeResults({ resultsCount, results }: ResultStatus): string {
  return resultsCount === undefined ? "" : canonicalJson({ resultsCount, results });
}

/** Equal for equal problems, and empty for none, as nearly all pages have. */
function describeProblems({ fileProblemsCount, fileProblems }: ProblemStatus): string {
  return fileProblemsCount === undefined ? "" : canonicalJson({ fileProblemsCount, fileProblems });
}
