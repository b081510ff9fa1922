import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { pageOwner } from "../../src/core/identity/names.ts";
import type { Oid } from "../../src/core/identity/oid.ts";

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

export const EMPTY_LEDGER: Ledger = { commits: [], edits: [], approvals: [], tags: [] };

/** A ledger that is written while a test goes on. */
export class LedgerRecorder {
  #edits: readonly AcknowledgedEdit[] = [];
  readonly #approvals: { readonly revision: string; readonly digest: string }[] = [];
  readonly #tags: { readonly repository: string; readonly ref: string; readonly commit: Oid }[] = [];

  /** Contents that status has acknowledged, as they are. */
  recordEdit({ metadata: { namespace, name }, spec }: PackageRevisionResources): void {
    const texts = Object.entries(spec.resources ?? {}).map(([path, text]) => [path, Buffer.from(text)] as const);
    const others = Object.entries(spec.binaryResources ?? {}).map(
      ([path, base64]) => [path, Buffer.from(base64, "base64")] as const,
    );
    const edit = { revision: `${namespace}/${pageOwner(name)}`, files: new Map([...texts, ...others]) };
    this.#edits = [...this.#edits, edit];
  }

  /** `namespace/name` of what somebody has deleted: its edits go with it, and its successor may have the same name. */
  recordDeletion(revision: string): void {
    this.#edits = this.#edits.filter((edit) => edit.revision !== revision);
  }

  /** A proposal that is about to be approved. */
  recordApproval({ metadata: { namespace, name }, status }: PackageRevision): void {
    const digest = status?.proposal?.digest;
    if (digest !== undefined) this.#approvals.push({ revision: `${namespace}/${name}`, digest });
  }

  /** What was published. */
  recordPublication({ metadata: { namespace }, spec, status }: PackageRevision): void {
    // `tag <name>`, and more after a semicolon.
    const message = status?.conditions?.find((one) => one.type === "Ready" && one.reason === "Published")?.message;
    const [, name] = /^tag ([^;]+)/.exec(message ?? "") ?? [];
    if (name === undefined || status?.commit === undefined) return;
    const repository = `${namespace}/${spec.packageRevID.repository}`;
    this.#tags.push({ repository, ref: `refs/tags/${name}`, commit: status.commit });
  }

  /** What was noted so far. */
  read(): Pick<Ledger, "edits" | "approvals" | "tags"> {
    return { edits: this.#edits, approvals: [...this.#approvals], tags: [...this.#tags] };
  }
}
