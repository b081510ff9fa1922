import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { pageOwner } from "../../src/core/identity/names.ts";
import type { Oid } from "../../src/core/identity/oid.ts";

/**
 * Changes that the operator or a remote has acknowledged, which only the client knows. Repositories and package
 * revisions are named `namespace/name`.
 */
export interface Ledger {
  /** Accepted external commits: they must stay reachable. */
  readonly commits: readonly { readonly repository: string; readonly commit: Oid; readonly what?: string }[];
  /** Edits that a status has acknowledged. */
  readonly edits: readonly AcknowledgedEdit[];
  /** Given approvals. If a package revision has any, only an approved digest of it may be published. */
  readonly approvals: readonly { readonly revision: string; readonly digest: string }[];
  /** Observed tags: they must not move, except to a tombstone. */
  readonly tags: readonly { readonly repository: string; readonly ref: string; readonly commit: Oid }[];
  /**
   * Commits and tags in the operator's name that a client made. Undefined if that is not known, as on a running system:
   * whoever may push can use that name.
   */
  readonly forged: readonly Oid[] | undefined;
}

export interface AcknowledgedEdit {
  readonly revision: string;
  /** Path in the package → bytes of the file; null: it was deleted. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

export const EMPTY_LEDGER: Ledger = { commits: [], edits: [], approvals: [], tags: [], forged: undefined };

/** Records a ledger while a test runs. */
export class LedgerRecorder {
  #edits: readonly AcknowledgedEdit[] = [];
  readonly #approvals: { readonly revision: string; readonly digest: string }[] = [];
  readonly #forged: Oid[] = [];
  readonly #tags: { readonly repository: string; readonly ref: string; readonly commit: Oid }[] = [];

  /** Contents that their status has acknowledged. */
  recordEdit({ metadata: { namespace, name }, spec }: PackageRevisionResources): void {
    const texts = Object.entries(spec.resources ?? {}).map(([path, text]) => [path, Buffer.from(text)] as const);
    const others = Object.entries(spec.binaryResources ?? {}).map(
      ([path, base64]) => [path, Buffer.from(base64, "base64")] as const,
    );
    const edit = { revision: `${namespace}/${pageOwner(name)}`, files: new Map([...texts, ...others]) };
    this.#edits = [...this.#edits, edit];
  }

  /**
   * `namespace/name` of a deleted package revision: its edits are deleted with it, and another one may get its name.
   */
  recordDeletion(revision: string): void {
    this.#edits = this.#edits.filter((edit) => edit.revision !== revision);
  }

  /** A proposal before its approval. */
  recordApproval({ metadata: { namespace, name }, status }: PackageRevision): void {
    const digest = status?.proposal?.digest;
    if (digest !== undefined) this.#approvals.push({ revision: `${namespace}/${name}`, digest });
  }

  /** A package revision after its publication. */
  recordPublication({ metadata: { namespace }, spec, status }: PackageRevision): void {
    // `tag <name>`, and possibly more after a semicolon.
    const message = status?.conditions?.find((one) => one.type === "Ready" && one.reason === "Published")?.message;
    const [, name] = /^tag ([^;]+)/.exec(message ?? "") ?? [];
    if (name === undefined || status?.commit === undefined) return;
    const repository = `${namespace}/${spec.packageRevID.repository}`;
    this.#tags.push({ repository, ref: `refs/tags/${name}`, commit: status.commit });
  }

  /** Commits and tags in the operator's name whose key is not known, or not known any more. */
  recordForgeries(oids: readonly Oid[]): void {
    this.#forged.push(...oids);
  }

  /** Everything recorded so far. */
  read(): Pick<Ledger, "edits" | "approvals" | "tags" | "forged"> {
    const [approvals, tags, forged] = [[...this.#approvals], [...this.#tags], [...this.#forged]];
    return { edits: this.#edits, approvals, tags, forged };
  }
}
