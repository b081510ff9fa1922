import type { Mirror } from "../mirror/mirror.ts";
import type { AppliedRefs, GitChange } from "./change.ts";

/** The tags that a request creates and deletes. */
export interface RequestTags {
  /** The most that its plan may decide on. */
  readonly count: number;
  /** The most of one push that it is part of; absent: any number. */
  readonly maxPerPush?: number;
}

/** A plan's decision: a change to push, or `abort` if there is nothing to write. `value` is returned to the caller. */
export type PlannedChange<T> =
  | { readonly kind: "write"; readonly change: GitChange; readonly value: T }
  | { readonly kind: "abort"; readonly value: T };

export interface WriteRequest<T> {
  /** For logs. */
  readonly name: string;
  /** Absent: none. */
  readonly tags?: RequestTags;
  /** Plans against the mirror's current refs. Called again, from the start, each time the remote's refs have moved. */
  readonly plan: (mirror: Mirror) => Promise<PlannedChange<T>>;
}

export interface WriteResult<T> {
  /** From the plan whose change was pushed, or that aborted. */
  readonly value: T;
  /** The refs after the push; absent if the plan aborted. */
  readonly refs?: AppliedRefs;
}

/** A request in the queue, with the functions that settle the caller's promise. */
export interface QueuedRequest {
  readonly name: string;
  readonly tags?: RequestTags;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  readonly plan: (mirror: Mirror) => Promise<PlannedChange<unknown>>;
  readonly resolve: (result: WriteResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}
