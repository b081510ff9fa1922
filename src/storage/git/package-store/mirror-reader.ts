import type { History } from "../mirror/history.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { ObjectReader } from "../objects/object-reader.ts";
import type { PushQueue } from "../push/push-queue.ts";

/** The objects that the package store reads. */
export type PackageReader = Pick<
  ObjectReader,
  "treeAt" | "entries" | "files" | "assertShowable" | "blobs" | "commit" | "tag" | "info" | "signer"
>;

/** The part of a `Mirror` that the package store reads. The model of the lifecycle has one in memory. */
export interface MirrorReader
  extends Pick<
    Mirror,
    | "refs"
    | "watchRefs"
    | "findConflict"
    | "refusedRefs"
    | "resemblesSecret"
    | "reportDamage"
    | "followed"
    | "recordFollowed"
  > {
  readonly reader: PackageReader;
  readonly history: Pick<History, "contains" | "mergeBase" | "changesOf" | "commitsBeyond">;
}

/** The part of a `PushQueue` that the package store writes through. */
export type PackageWriter = Pick<PushQueue, "submit" | "fetch">;
