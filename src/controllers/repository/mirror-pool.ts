import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { OPERATOR } from "../../core/identity/person.ts";
import type { Logger } from "../../runtime/log.ts";
import { DiskUsage } from "../../storage/git/disk/disk-usage.ts";
import type { GitSettings } from "../../storage/git/exec/environment.ts";
import type { RemoteAccess } from "../../storage/git/exec/remote-access.ts";
import { Mirror } from "../../storage/git/mirror/mirror.ts";
import { PushQueue } from "../../storage/git/push/push-queue.ts";
import type { EventSink } from "../shared/event-channel.ts";
import type { RepositoryEvent } from "./events.ts";
import { type MirrorIdentity, mirrorId } from "./mirror-identity.ts";

/** The local copy of a remote, and the only way to write to it. */
export interface SharedMirror {
  readonly mirror: Mirror;
  readonly writer: PushQueue;
}

interface Entry extends SharedMirror {
  /** The keys of the Repositories that use the mirror. */
  readonly users: Set<string>;
  /** Undefined while it is being changed, and after a change that failed. */
  access: RemoteAccess | undefined;
}

export interface MirrorPoolOptions {
  readonly dir: string;
  readonly settings: GitSettings;
  readonly log: Logger;
  readonly now: () => Date;
  /** Receives `accessRefused` for each Repository whose credentials the remote refused for a push. */
  readonly channel: EventSink<RepositoryEvent>;
}

/**
 * The open mirrors: one for each URL, namespace and Secret, so that no Repository reads through the credentials of
 * another namespace or Secret.
 */
export class MirrorPool {
  readonly #options: MirrorPoolOptions;
  readonly #usage: DiskUsage;
  readonly #open = new Map<string, Promise<Entry>>();
  /** The key of a Repository → the ids of the mirrors that it may use. */
  readonly #idsOf = new Map<string, Set<string>>();
  /** Mirrors that are being closed or removed: they are opened again only after that. */
  readonly #closing = new Map<string, Promise<void>>();
  #removal: Promise<void> = Promise.resolve();
  #nextRemoval: Promise<void> | undefined;

  constructor(options: MirrorPoolOptions) {
    this.#options = options;
    this.#usage = new DiskUsage(options.settings.limits);
  }

  /** The mirror for a Repository (`user`: its key), with these credentials from now on. Throws `GitError`. */
  async acquire(user: string, identity: MirrorIdentity, access: RemoteAccess): Promise<SharedMirror> {
    const id = mirrorId(identity);
    const ids = this.#idsOf.get(user) ?? new Set<string>();
    this.#idsOf.set(user, ids.add(id));
    const entry = await this.#openOnce(id, identity.namespace, access);
    entry.users.add(user);
    if (JSON.stringify(entry.access) !== JSON.stringify(access)) {
      // The entry stays where the credentials cannot be used: a second mirror would write into the same folder.
      entry.access = undefined;
      await entry.mirror.setRemote(access);
      entry.access = access;
    }
    return entry;
  }

  /** Ends a Repository's use of all mirrors but `except`. A mirror closes with its last user. */
  async release(user: string, except?: SharedMirror): Promise<void> {
    const ids = this.#idsOf.get(user) ?? new Set();
    for (const id of ids) {
      const opening = this.#open.get(id);
      const entry = await opening?.catch(() => undefined);
      if (entry !== undefined && entry === except) continue;
      ids.delete(id);
      if (entry === undefined || !entry.users.delete(user) || entry.users.size > 0) continue;
      if (this.#open.get(id) !== opening) continue;
      this.#open.delete(id);
      await this.#close(id, () => entry.writer.close());
    }
    if (ids.size === 0) this.#idsOf.delete(user);
  }

  /** Removes credentials whose Secret was deleted, from memory and from disk. */
  async revokeCredentials(user: string, url: string): Promise<void> {
    for (const entry of await this.#entriesOf(user)) {
      if (entry.access === undefined) continue;
      entry.access = undefined;
      await entry.mirror.setRemote({ url });
    }
  }

  /** Ends the fetch of a Repository that is deleted, if no other one uses its mirror. Pushes go on. */
  async cancelFetch(user: string): Promise<void> {
    for (const { users, mirror } of await this.#entriesOf(user)) if (users.size === 1) mirror.cancelFetch();
  }

  /** An object is missing in a Repository's mirror: the next fetch recreates the mirror. */
  async reportDamage(user: string): Promise<void> {
    for (const entry of await this.#entriesOf(user)) entry.mirror.reportDamage();
  }

  /**
   * Removes mirrors from disk that are neither open nor used; `isUsed` gets their ids. A failure is logged, and retried
   * by the next call. Calls while mirrors are being removed share one that follows: many Repositories may go at once.
   */
  async removeUnused(isUsed: (id: string) => boolean): Promise<void> {
    this.#nextRemoval ??= this.#removal.then(async () => {
      this.#nextRemoval = undefined;
      await this.#removeUnused(isUsed);
    });
    this.#removal = this.#nextRemoval;
    await this.#removal;
  }

  async #removeUnused(isUsed: (id: string) => boolean): Promise<void> {
    const { dir } = this.#options;
    const names = await readdir(dir).catch(() => []);
    const ids = new Set(
      names.flatMap((name) => /^([0-9a-f]{32})\.git(?:\.(?:access|followed|followed\.new))?$/.exec(name)?.[1] ?? []),
    );
    for (const id of ids) {
      if (!this.#open.has(id) && !this.#closing.has(id) && !isUsed(id)) await this.#remove(id);
    }
  }

  async closeAll(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    this.#idsOf.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).writer.close()));
  }

  async #entriesOf(user: string): Promise<readonly Entry[]> {
    const opening = [...(this.#idsOf.get(user) ?? [])].flatMap((id) => this.#open.get(id) ?? []);
    const all = await Promise.allSettled(opening);
    return all.flatMap((one) => (one.status === "fulfilled" && one.value.users.has(user) ? [one.value] : []));
  }

  async #openOnce(id: string, namespace: string, access: RemoteAccess): Promise<Entry> {
    const opening = this.#open.get(id) ?? this.#create(id, namespace, access);
    this.#open.set(id, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#open.get(id) === opening) this.#open.delete(id);
      throw error;
    }
  }

  async #create(id: string, namespace: string, access: RemoteAccess): Promise<Entry> {
    const { dir, settings, log, now, channel } = this.#options;
    const users = new Set<string>();
    await this.#closing.get(id)?.catch(() => {});
    const mirror = await Mirror.open({
      dir: join(dir, `${id}.git`),
      remote: access,
      settings,
      quota: this.#usage.quota(namespace, id),
      namespace,
      log: (message, fields) => log.warn(message, fields),
      onRefused: () => {
        for (const repository of users) channel.emit({ kind: "accessRefused", repository });
      },
    });
    return { mirror, writer: new PushQueue({ mirror, committer: OPERATOR, now }), users, access };
  }

  async #remove(id: string): Promise<void> {
    const { dir, log } = this.#options;
    // Credentials first.
    const mirror = join(dir, `${id}.git`);
    const paths = [`${mirror}.access`, mirror, `${mirror}.followed`, `${mirror}.followed.new`];
    try {
      await this.#close(id, async () => {
        for (const path of paths) await rm(path, { recursive: true, force: true });
      });
      this.#usage.forget(id);
      log.info("removed a mirror that no Repository uses", { dir: mirror });
    } catch (error) {
      log.warn("a mirror that no Repository uses cannot be removed", { dir: mirror, cause: String(error) });
    }
  }

  async #close(id: string, work: () => Promise<void>): Promise<void> {
    const closing = work();
    this.#closing.set(id, closing);
    try {
      await closing;
    } finally {
      this.#closing.delete(id);
    }
  }
}
