import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "../../core/identity/hash.ts";
import { OPERATOR } from "../../core/identity/person.ts";
import type { Logger } from "../../runtime/log.ts";
import type { GitSettings } from "../../storage/git/exec/environment.ts";
import type { RemoteAccess } from "../../storage/git/exec/remote-access.ts";
import { Mirror } from "../../storage/git/mirror/mirror.ts";
import { PushQueue } from "../../storage/git/push/push-queue.ts";
import type { EventSink } from "../shared/event-channel.ts";
import type { RepositoryEvent } from "./events.ts";
import type { Clone } from "./repository-cache.ts";

export interface MirrorIdentity {
  readonly namespace: string;
  /** As git gets it. Two spellings may be two repositories: paths of ssh begin in the home of the user they name. */
  readonly url: string;
  /** The name of the Secret; empty without one. */
  readonly credentials: string;
}

interface Held extends Clone {
  readonly users: Set<string>;
  /** Undefined while it is being changed, and where that failed. */
  remote: RemoteAccess | undefined;
}

/**
 * The clones in use: one for each address, namespace and Secret, so that nobody reads through another's password. Two
 * Repositories that agree in all three share one, with its writer.
 */
export class MirrorPool {
  readonly #options: {
    readonly dir: string;
    readonly settings: GitSettings;
    readonly log: Logger;
    readonly now: () => Date;
    readonly channel: EventSink<RepositoryEvent>;
  };
  readonly #held = new Map<string, Promise<Held>>();
  /** Clones that are being closed or removed: whoever wants one of them again waits for that. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: {
    readonly dir: string;
    readonly settings: GitSettings;
    readonly log: Logger;
    readonly now: () => Date;
    /** Receives `accessRefused` for each Repository whose credentials the remote refused for a push. */
    readonly channel: EventSink<RepositoryEvent>;
  }) {
    this.#options = options;
  }

  /** The clone for a Repository (`user`: its key), with these credentials from now on. Throws `GitError`. */
  async acquire(user: string, identity: MirrorIdentity, remote: RemoteAccess): Promise<Clone> {
    const id = cloneId(identity);
    const held = await this.#hold(id, remote);
    held.users.add(user);
    if (JSON.stringify(held.remote) !== JSON.stringify(remote)) {
      // Credentials that cannot be used leave the clone to those who have it: a second one would write into its folder.
      held.remote = undefined;
      await held.mirror.setRemote(remote);
      held.remote = remote;
    }
    return held;
  }

  async #hold(id: string, remote: RemoteAccess): Promise<Held> {
    const opening = this.#held.get(id) ?? this.#make(id, remote);
    this.#held.set(id, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#held.get(id) === opening) this.#held.delete(id);
      throw error;
    }
  }

  /** Ends a Repository's use of whatever clone it has, but for `except`; the last one closes it. */
  async release(user: string, except?: Clone): Promise<void> {
    for (const [id, opening] of this.#held) {
      const held = await opening.catch(() => undefined);
      if (held === undefined || held === except || !held.users.delete(user) || held.users.size > 0) continue;
      if (this.#held.get(id) !== opening) continue;
      this.#held.delete(id);
      await this.#end(id, () => held.writer.close());
    }
  }

  /** The Secret is gone: what it held is used no more, neither from memory nor from disk. */
  async revokeCredentials(user: string, url: string): Promise<void> {
    for (const opening of this.#held.values()) {
      const held = await opening.catch(() => undefined);
      if (held?.remote === undefined || !held.users.has(user)) continue;
      held.remote = undefined;
      await held.mirror.setRemote({ url });
    }
  }

  /** Something that should be in a Repository's clone could not be read: the next fetch begins with a new one. */
  async reportDamage(user: string): Promise<void> {
    for (const opening of this.#held.values()) {
      const held = await opening.catch(() => undefined);
      if (held?.users.has(user)) held.mirror.reportDamage();
    }
  }

  /** Removes what is on disk of clones that nobody has, and that are none of these. Whatever stays is removed another time. */
  async removeUnused(wanted: readonly MirrorIdentity[]): Promise<void> {
    const { dir, log } = this.#options;
    const keep = new Set(wanted.map(cloneId));
    const names = await readdir(dir).catch(() => []);
    const ids = new Set(names.flatMap((name) => /^([0-9a-f]{32})\.git(?:\.access)?$/.exec(name)?.[1] ?? []));
    for (const id of ids) {
      if (keep.has(id) || this.#held.has(id) || this.#ending.has(id)) continue;
      const paths = [join(dir, `${id}.git.access`), join(dir, `${id}.git`)];
      try {
        await this.#end(id, async () => {
          for (const path of paths) await rm(path, { recursive: true, force: true });
        });
        log.info("removed a mirror that no Repository uses", { dir: paths[1] });
      } catch (error) {
        log.warn("a mirror that no Repository uses cannot be removed", { dir: paths[1], cause: String(error) });
      }
    }
  }

  async #end(id: string, work: () => Promise<void>): Promise<void> {
    const ending = work();
    this.#ending.set(id, ending);
    try {
      await ending;
    } finally {
      this.#ending.delete(id);
    }
  }

  async closeAll(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).writer.close()));
  }

  async #make(id: string, remote: RemoteAccess): Promise<Held> {
    const { dir, settings, log, now, channel } = this.#options;
    const users = new Set<string>();
    await this.#ending.get(id)?.catch(() => {});
    const onLog = (message: string, fields: Readonly<Record<string, unknown>>) => log.warn(message, fields);
    const mirror = await Mirror.open({
      dir: join(dir, `${id}.git`),
      remote,
      settings,
      log: onLog,
      onRefused: () => {
        for (const repository of users) channel.emit({ kind: "accessRefused", repository });
      },
    });
    return { mirror, writer: new PushQueue({ mirror, committer: OPERATOR, now }), users, remote };
  }
}

function cloneId({ namespace, url, credentials }: MirrorIdentity): string {
  return sha256Hex(JSON.stringify([namespace, url, credentials])).slice(0, 32);
}
