import type { Oid } from "../../../core/identity/oid.ts";
import type { PackageStore } from "../../../core/ports/package-store.ts";
import type { FileChange, Folder } from "../../../core/validation/target/folder.ts";
import { TargetInventory } from "../../../core/validation/target/inventory.ts";
import type { Logger } from "../../../runtime/log.ts";
import type { FileChecks } from "../checks/file-checks.ts";

/** The folder of a target on the branch of published packages. */
export interface TargetFolder {
  /** `namespace/name` of its Repository. */
  readonly repository: string;
  /** From the repository's root. */
  readonly path: string;
  readonly store: Pick<PackageStore, "readTarget" | "readBlob" | "latest">;
}

/** A target that somebody uses. */
export interface Target extends TargetFolder {
  readonly folder: Folder | undefined;
  /** Which files have which objects. */
  readonly inventory: TargetInventory;
  /** It was read once: until it is read again, this is what was there. */
  readonly wasRead: boolean;
  /** Resolves when what is known to have changed was read. */
  readonly current: Promise<void>;
}

/** What the last reading of a target has found. */
export interface TargetChange {
  readonly target: Target;
  /** Nothing was known of the target before. */
  readonly isFirst: boolean;
  /** Objects that came or went. */
  readonly ids: ReadonlySet<string>;
  /** Objects in files that came, went or differ. */
  readonly touched: ReadonlySet<string>;
}

export interface PublishedTargetsOptions {
  readonly files: Pick<FileChecks, "findResources">;
  /** The files that count. */
  readonly changes: (before: Folder | undefined, after: Folder | undefined) => Iterable<FileChange>;
  readonly log: Logger;
  readonly onChanged: (change: TargetChange) => void;
}

interface KnownTarget extends TargetFolder {
  /** Of the last user: the store before it may be closed. */
  store: TargetFolder["store"];
  folder: Folder | undefined;
  readonly inventory: TargetInventory;
  readonly users: Set<string>;
  state: "unread" | "reading" | "outdated" | "read";
  wasRead: boolean;
  current: Promise<void>;
}

/**
 * The targets of package revisions, as they are on the branches of published packages. A target is read while it has
 * users, in the background: at first all of it, then what a publication or a push has changed.
 */
export class PublishedTargets {
  readonly #options: PublishedTargetsOptions;
  readonly #targets = new Map<string, KnownTarget>();
  readonly #targetOf = new Map<string, KnownTarget>();

  constructor(options: PublishedTargetsOptions) {
    this.#options = options;
  }

  /** @param user `namespace/name` of a package revision, which uses one target at a time */
  use(user: string, { repository, path, store }: TargetFolder): Target {
    const name = nameOf({ repository, path });
    const former = this.#targetOf.get(user);
    if (former !== undefined && nameOf(former) !== name) this.release(user);
    const target = this.#targets.get(name) ?? createTarget({ repository, path, store });
    this.#targets.set(name, target);
    this.#targetOf.set(user, target);
    target.users.add(user);
    target.store = store;
    if (target.state === "unread") this.#start(target);
    return target;
  }

  release(user: string): void {
    const target = this.#targetOf.get(user);
    if (target === undefined) return;
    this.#targetOf.delete(user);
    target.users.delete(user);
    if (target.users.size === 0) this.#targets.delete(nameOf(target));
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    for (const target of this.#targets.values()) {
      if (target.repository !== repository) continue;
      if (target.state === "reading") target.state = "outdated";
      else if (target.state === "read") this.#start(target);
    }
  }

  #start(target: KnownTarget): void {
    target.current = this.#read(target);
  }

  async #read(target: KnownTarget): Promise<void> {
    const [ids, touched] = [new Set<string>(), new Set<string>()];
    const isFirst = !target.wasRead;
    do {
      target.state = "reading";
      try {
        await this.#update(target, ids, touched);
      } catch (error) {
        // Too large, or its Repository is closed: what is known of it stays until it changes.
        const { repository, path } = target;
        this.#options.log.debug("a target could not be read", { repository, path, error });
      }
      target.wasRead = true;
    } while (isOutdated(target));
    target.state = "read";
    this.#options.onChanged({ target, isFirst, ids, touched });
  }

  async #update(target: KnownTarget, ids: Set<string>, touched: Set<string>): Promise<void> {
    const folder = await target.store.readTarget(target.path, target.folder);
    const changes = [...this.#options.changes(target.folder, folder)];
    const read = await Promise.all(changes.map(async (change) => ({ change, now: await this.#idsOf(target, change) })));
    for (const { change, now } of read) {
      for (const id of [...target.inventory.idsOf(change.path), ...now]) touched.add(id);
      for (const id of target.inventory.set(change.path, now)) ids.add(id);
    }
    target.folder = folder;
  }

  async #idsOf(target: KnownTarget, { path, after }: FileChange): Promise<readonly string[]> {
    if (after === undefined) return [];
    const load = (oid: Oid) => target.store.readBlob(oid);
    const isWanted = () => this.#targets.get(nameOf(target)) === target;
    const resources = await this.#options.files.findResources(target.repository, { path, oid: after }, load, isWanted);
    return resources.map(({ id }) => id);
  }
}

function createTarget(folder: TargetFolder): KnownTarget {
  const inventory = new TargetInventory();
  const users = new Set<string>();
  const current = Promise.resolve();
  return { ...folder, folder: undefined, inventory, users, state: "unread", wasRead: false, current };
}

/** `repositoryChanged` sets it meanwhile. */
function isOutdated({ state }: KnownTarget): boolean {
  return state === "outdated";
}

function nameOf({ repository, path }: Pick<TargetFolder, "repository" | "path">): string {
  return `${repository}/${path}`;
}
