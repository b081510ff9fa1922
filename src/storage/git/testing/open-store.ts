import type { ChangedRevisions } from "../../../core/repository/package-index.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { GitPackageStore, type GitPackageStoreOptions } from "../package-store/package-store.ts";
import type { Pushed } from "../package-store/planned-writes.ts";
import { MAIN } from "./fixtures.ts";
import type { TestRepository } from "./repositories.ts";

export const LAYOUT = { directory: "", deployment: false } as const;
/** Package `dns`, workspace `one`, of the Repository `blue`. */
export const REVISION = aRevision({});
export const BRANCH = "refs/heads/dns/one";

export interface OpenStore {
  readonly store: GitPackageStore;
  readonly mirror: Mirror;
  /** The refs of each call of `onChanged`. */
  readonly changes: (readonly string[])[];
  readonly pushed: Pushed[];
}

/** Fetches the remote, and opens its packages. */
export async function openStore(
  repository: TestRepository,
  options: Partial<GitPackageStoreOptions> = {},
): Promise<OpenStore> {
  const mirror = await repository.openMirror();
  const writer = await repository.openQueue({ mirror });
  const changes: (readonly string[])[] = [];
  const pushed: Pushed[] = [];
  const base = {
    repository: "default/blue",
    uid: "blue-uid",
    layout: LAYOUT,
    mainRef: MAIN,
    mirror,
    writer,
    followed: undefined,
  };
  const onChanged = (changed: ChangedRevisions) => void changes.push([...changed.keys()].sort());
  const onPushed = (push: Pushed) => void pushed.push(push);
  const store = await GitPackageStore.open({ ...base, onChanged, onPushed, ...options });
  return { store, mirror, changes, pushed };
}
