import type { KubeObject, ObjectKey, Resource } from "../../../api/meta.ts";
import type { KubeClient } from "../../../kube/client/client.ts";
import { ApiError } from "../../../kube/client/errors.ts";

interface StoredLease extends KubeObject {
  readonly spec?: object;
}

/** An API server with one Lease, which clients update by compare-and-swap. */
export class LeaseServer {
  /** The Lease as it is stored; a test may replace or delete it. */
  lease: StoredLease | undefined;
  /** While true, no request succeeds. */
  isDown = false;
  /** Called before each write; throws to refuse it. */
  onWrite: () => void = () => {};
  #version = 0;

  readonly client = {
    get: async (_: Resource, { name }: ObjectKey) => this.#serve(() => this.lease ?? fail(404, "NotFound", name)),
    create: async (_: Resource, lease: StoredLease) =>
      this.#serve(() => (this.lease === undefined ? this.store(lease) : fail(409, "AlreadyExists"))),
    update: async (_: Resource, lease: StoredLease) =>
      this.#serve(() => (this.#isCurrent(lease) ? this.store(lease) : fail(409, "Conflict"))),
  } as unknown as KubeClient;

  /** Fails the next `count` writes, as if another replica had been faster. */
  refuseWrites(count: number): void {
    let left = count;
    this.onWrite = () => {
      left -= 1;
      if (left >= 0) fail(409, "Conflict");
    };
  }

  store(lease: StoredLease): StoredLease {
    this.onWrite();
    this.#version += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    return this.lease;
  }

  #isCurrent({ metadata }: StoredLease): boolean {
    return metadata.resourceVersion === this.lease?.metadata.resourceVersion;
  }

  #serve<T>(answer: () => T): T {
    if (this.isDown) return fail(503, "ServiceUnavailable");
    return answer();
  }
}

function fail(code: number, reason: string, name = "lease"): never {
  throw new ApiError({ code, reason, message: `${name}: ${reason}` });
}
