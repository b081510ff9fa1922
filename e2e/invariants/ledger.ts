import type { Oid } from "../../src/core/change/change.ts";

/**
 * What only somebody who was there can know: what was acknowledged, by whom, and when. Repositories are named
 * `namespace/name`, package revisions too.
 */
export interface Ledger {
  /** Commits that others pushed, and that were accepted: they stay reachable. */
  readonly commits: readonly { readonly repository: string; readonly commit: Oid; readonly what?: string }[];
  /** Edits that status has acknowledged. */
  readonly edits: readonly AcknowledgedEdit[];
  /** Approvals that were given. Where there is any for a package revision, nothing else of it may be published. */
  readonly approvals: readonly { readonly revision: string; readonly digest: string }[];
  /** Tags that were seen: they stay where they are, or have a tombstone. */
  readonly tags: readonly { readonly repository: string; readonly ref: string; readonly commit: Oid }[];
}

export interface AcknowledgedEdit {
  readonly revision: string;
  /** Path in the package → bytes that the file has had; null: that it was deleted. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

export const emptyLedger: Ledger = { commits: [], edits: [], approvals: [], tags: [] };
