import { GitError } from "../errors.ts";
import { type GitLimits, LIMIT_SETTINGS } from "../exec/limits.ts";

type DiskLimits = Pick<GitLimits, "mirrorBytes" | "namespaceBytes">;

/** The part of the disk that one mirror may use. */
export interface DiskQuota {
  /** Records how many bytes the mirror has. */
  record(bytes: number): void;
  /** Bytes by which the mirror may grow. Negative: it, or its namespace, is above a limit. */
  left(): number;
  /** The error for a mirror that would grow beyond that: both numbers are those of now. */
  error(): GitError;
}

/** How much of the disk the mirrors of each namespace take, as they were measured last. */
export class DiskUsage {
  readonly #limits: DiskLimits;
  readonly #mirrors = new Map<string, { readonly namespace: string; bytes: number }>();

  constructor(limits: DiskLimits) {
    this.#limits = limits;
  }

  /** The quota of a mirror; `id` is unique among all namespaces. */
  quota(namespace: string, id: string): DiskQuota {
    const { mirrorBytes, namespaceBytes } = this.#limits;
    const own = () => this.#mirrors.get(id)?.bytes ?? 0;
    return {
      record: (bytes) => void this.#mirrors.set(id, { namespace, bytes }),
      left: () => Math.min(mirrorBytes - own(), namespaceBytes - this.#sum(namespace)),
      error: () =>
        namespaceBytes - this.#sum(namespace) < mirrorBytes - own()
          ? tooLarge("the mirrors of this namespace", "namespaceBytes", namespaceBytes, this.#sum(namespace))
          : tooLarge("the mirror of this remote", "mirrorBytes", mirrorBytes, own()),
    };
  }

  /** The mirror was removed. */
  forget(id: string): void {
    this.#mirrors.delete(id);
  }

  #sum(namespace: string): number {
    return [...this.#mirrors.values()].reduce((sum, one) => sum + (one.namespace === namespace ? one.bytes : 0), 0);
  }
}

function tooLarge(what: string, setting: keyof DiskLimits, limit: number, bytes: number): GitError {
  return new GitError(
    "DiskLimitExceeded",
    `${what} would take more than ${inMiB(limit)} of the operator's disk (${LIMIT_SETTINGS[setting]}): before this ` +
      `fetch, of which nothing is kept, there were ${inMiB(bytes)}`,
  );
}

function inMiB(bytes: number): string {
  return `${Math.round(bytes / 1024 / 102.4) / 10} MiB`;
}
