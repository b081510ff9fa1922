import { join } from "node:path";
import { sha256Hex } from "../../core/identity/hash.ts";
import { OPERATOR } from "../../core/identity/person.ts";
import type { GitSettings } from "../../git/environment.ts";
import { Mirror } from "../../git/mirror.ts";
import type { RemoteAccess } from "../../git/remote.ts";
import { RepositoryWriter } from "../../git/writer.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Clone } from "./state.ts";

export interface CloneIdentity {
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
export class Clones {
  readonly #options: {
    readonly dir: string;
    readonly settings: GitSettings;
    readonly log: Logger;
    readonly now: () => Date;
  };
  readonly #held = new Map<string, Promise<Held>>();

  constructor(options: {
    readonly dir: string;
    readonly settings: GitSettings;
    readonly log: Logger;
    readonly now: () => Date;
  }) {
    this.#options = options;
  }

  /** The clone for a Repository (`user`: its key), with these credentials from now on. Throws `GitError`. */
  async open(user: string, identity: CloneIdentity, remote: RemoteAccess): Promise<Clone> {
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

  /** Ends a Repository's use of whatever clone it has; the last one closes it. */
  async leave(user: string): Promise<void> {
    for (const [id, opening] of this.#held) {
      const held = await opening.catch(() => undefined);
      if (held === undefined || !held.users.delete(user) || held.users.size > 0) continue;
      this.#held.delete(id);
      await held.writer.close();
    }
  }

  async closeAll(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).writer.close()));
  }

  async #make(id: string, remote: RemoteAccess): Promise<Held> {
    const { dir, settings, log, now } = this.#options;
    const onLog = (message: string, fields: Readonly<Record<string, unknown>>) => log.warn(message, fields);
    const mirror = await Mirror.open({ dir: join(dir, `${id}.git`), remote, settings, log: onLog });
    return { mirror, writer: new RepositoryWriter({ mirror, committer: OPERATOR, now }), users: new Set(), remote };
  }
}

function cloneId({ namespace, url, credentials }: CloneIdentity): string {
  return sha256Hex(JSON.stringify([namespace, url, credentials])).slice(0, 32);
}
