import type { Oid } from "../../../core/identity/oid.ts";
import { SetIndex } from "../../../core/identity/set-index.ts";
import type { PackageStore } from "../../../core/ports/package-store.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { changedManifests, type FileChange, type Folder } from "../../../core/validation/target/folder.ts";
import { TargetInventory } from "../../../core/validation/target/inventory.ts";
import { type DraftOfTarget, withTargetProblems } from "../../../core/validation/target/target-problems.ts";
import type { Logger } from "../../../runtime/log.ts";
import type { EventSink } from "../../shared/event-channel.ts";
import type { FileChecks, FilesChecked } from "./file-checks.ts";

/** A draft or proposal, and the target that it is for. */
export interface TargetDraft extends DraftOfTarget {
  /** `namespace/name` of its package revision. */
  readonly key: string;
  /** `namespace/name` of its Repository. */
  readonly repository: string;
  /** The target's folder from the repository's root. */
  readonly target: string;
  readonly store: Pick<PackageStore, "readTarget" | "readBlob">;
}

export interface TargetChecksOptions {
  readonly files: Pick<FileChecks, "findResources">;
  readonly channel: EventSink<FilesChecked>;
  readonly log: Logger;
}

/** A target with drafts, as it is on the branch of published packages. */
interface Target {
  readonly repository: string;
  readonly path: string;
  /** Of the last draft that was compared: the store before it may be closed. */
  store: TargetDraft["store"];
  folder: Folder | undefined;
  readonly inventory: TargetInventory;
  readonly drafts: Map<string, FileReport>;
  /** Which drafts have a resource. */
  readonly having: SetIndex;
  state: "unread" | "reading" | "outdated" | "read";
  /** It was read once: until it is read again, drafts are compared with what was there. */
  wasRead: boolean;
}

/**
 * Compares drafts with the other packages of their targets. A target is read while it has drafts, in the background: at
 * first all of it, then what a publication or a push has changed; drafts that have one of the changed resources are
 * reconciled again.
 */
export class TargetChecks {
  readonly #options: TargetChecksOptions;
  readonly #targets = new Map<string, Target>();
  /** Of each draft. */
  readonly #targetOf = new Map<string, Target>();

  constructor(options: TargetChecksOptions) {
    this.#options = options;
  }

  /** The draft's report with what its target adds to it; undefined until the target was read: then an event follows. */
  complete(draft: TargetDraft): FileReport | undefined {
    const target = this.#register(draft);
    if (target.state === "unread") void this.#read(target);
    return target.wasRead ? withTargetProblems(draft, target) : undefined;
  }

  /** The package revision is no draft any more. */
  forget(key: string): void {
    const target = this.#targetOf.get(key);
    if (target === undefined) return;
    removeDraft(target, key);
    this.#targetOf.delete(key);
    if (target.drafts.size === 0) this.#targets.delete(nameOf(target));
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    for (const target of this.#targets.values()) {
      if (target.repository !== repository) continue;
      if (target.state === "reading") target.state = "outdated";
      else if (target.state === "read") void this.#read(target);
    }
  }

  #register({ key, repository, target: path, store, report }: TargetDraft): Target {
    const name = nameOf({ repository, path });
    const former = this.#targetOf.get(key);
    if (former !== undefined && nameOf(former) !== name) this.forget(key);
    const target = this.#targets.get(name) ?? createTarget(repository, path, store);
    this.#targets.set(name, target);
    this.#targetOf.set(key, target);
    target.store = store;
    if (target.drafts.get(key) === report) return target;
    removeDraft(target, key);
    target.drafts.set(key, report);
    for (const { id } of report.resources ?? []) target.having.add(id, key);
    return target;
  }

  async #read(target: Target): Promise<void> {
    const affected = new Set<string>();
    do {
      target.state = "reading";
      try {
        for (const key of await this.#update(target)) affected.add(key);
      } catch (error) {
        // Too large, or its Repository is closed: drafts are not compared with it until it changes.
        this.#options.log.debug("a target could not be read", {
          repository: target.repository,
          path: target.path,
          error,
        });
      }
      if (!target.wasRead) for (const key of target.drafts.keys()) affected.add(key);
      target.wasRead = true;
    } while (isOutdated(target));
    target.state = "read";
    for (const revision of affected)
      if (target.drafts.has(revision)) this.#options.channel.emit({ kind: "filesChecked", revision });
  }

  /** Returns the drafts that have one of the resources that came or went. */
  async #update(target: Target): Promise<ReadonlySet<string>> {
    const folder = await target.store.readTarget(target.path, target.folder);
    const changes = [...changedManifests(target.folder, folder)];
    const read = await Promise.all(changes.map(async (change) => ({ change, ids: await this.#idsOf(target, change) })));
    const affected = new Set<string>();
    for (const { change, ids } of read) {
      for (const id of target.inventory.set(change.path, ids))
        for (const key of target.having.get(id)) affected.add(key);
    }
    target.folder = folder;
    return affected;
  }

  async #idsOf(target: Target, { path, after }: FileChange): Promise<readonly string[]> {
    if (after === undefined) return [];
    const load = (oid: Oid) => target.store.readBlob(oid);
    const isWanted = () => this.#targets.get(nameOf(target)) === target;
    const resources = await this.#options.files.findResources(target.repository, { path, oid: after }, load, isWanted);
    return resources.map(({ id }) => id);
  }
}

function createTarget(repository: string, path: string, store: TargetDraft["store"]): Target {
  const inventory = new TargetInventory();
  const [drafts, having] = [new Map(), new SetIndex()];
  return { repository, path, store, folder: undefined, inventory, drafts, having, state: "unread", wasRead: false };
}

/** `repositoryChanged` sets it meanwhile. */
function isOutdated({ state }: Target): boolean {
  return state === "outdated";
}

function nameOf({ repository, path }: Pick<Target, "repository" | "path">): string {
  return `${repository}/${path}`;
}

function removeDraft({ drafts, having }: Target, key: string): void {
  for (const { id } of drafts.get(key)?.resources ?? []) having.delete(id, key);
  drafts.delete(key);
}
