import { OwnerIndex } from "../../../core/identity/owner-index.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { changedManifests } from "../../../core/validation/target/folder.ts";
import { type DraftOfTarget, withTargetProblems } from "../../../core/validation/target/target-problems.ts";
import type { Logger } from "../../../runtime/log.ts";
import type { EventSink } from "../../shared/event-channel.ts";
import type { FileChecks, FilesChecked } from "../checks/file-checks.ts";
import { PublishedTargets, type Target, type TargetChange } from "./published-targets.ts";
import type { PackageOfTarget } from "./target-data.ts";

/** A draft or proposal, and the target that it is for. */
export interface TargetDraft extends DraftOfTarget, PackageOfTarget {}

export interface TargetChecksOptions {
  readonly files: Pick<FileChecks, "findResources">;
  readonly channel: EventSink<FilesChecked>;
  readonly log: Logger;
}

/** The drafts of a target. */
class TargetDrafts {
  readonly reports = new Map<string, FileReport>();
  /** Which drafts have a resource. */
  readonly having = new OwnerIndex();

  set(key: string, report: FileReport): void {
    if (this.reports.get(key) === report) return;
    this.reports.set(key, report);
    this.having.set(
      key,
      (report.resources ?? []).map(({ id }) => id),
    );
  }

  delete(key: string): void {
    this.having.set(key, []);
    this.reports.delete(key);
  }
}

/**
 * Compares drafts with the other packages of their targets; drafts that have one of the resources that came or went are
 * reconciled again.
 */
export class TargetChecks {
  readonly #channel: TargetChecksOptions["channel"];
  readonly #targets: PublishedTargets;
  readonly #drafts = new WeakMap<Target, TargetDrafts>();
  /** Of each draft. */
  readonly #draftsWith = new Map<string, TargetDrafts>();

  constructor({ channel, ...options }: TargetChecksOptions) {
    this.#channel = channel;
    const onChanged = (change: TargetChange) => this.#reconcileAffected(change);
    this.#targets = new PublishedTargets({ ...options, changes: changedManifests, onChanged });
  }

  /** Begins to read the target of a draft whose report follows. */
  read({ key, target }: PackageOfTarget): void {
    this.#targets.use(key, target);
  }

  /** The draft's report with what its target adds to it; undefined until the target was read: then an event follows. */
  complete(draft: TargetDraft): FileReport | undefined {
    const { key, report } = draft;
    const target = this.#targets.use(key, draft.target);
    const drafts = this.#drafts.get(target) ?? new TargetDrafts();
    this.#drafts.set(target, drafts);
    const former = this.#draftsWith.get(key);
    if (former !== drafts) former?.delete(key);
    this.#draftsWith.set(key, drafts);
    drafts.set(key, report);
    return target.wasRead ? withTargetProblems(draft, target) : undefined;
  }

  /** The package revision is no draft any more. */
  forget(key: string): void {
    this.#draftsWith.get(key)?.delete(key);
    this.#draftsWith.delete(key);
    this.#targets.release(key);
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    this.#targets.repositoryChanged(repository);
  }

  #reconcileAffected({ target, isFirst, ids }: TargetChange): void {
    const drafts = this.#drafts.get(target);
    if (drafts === undefined) return;
    const affected = new Set(
      isFirst ? drafts.reports.keys() : [...ids].flatMap((id) => [...drafts.having.ownersOf(id)]),
    );
    for (const revision of affected) this.#channel.emit({ kind: "filesChecked", revision });
  }
}
