import type { Oid } from "../identity/oid.ts";
import type { ApprovingRule, RecordedApprovals } from "../revision/approval-trailers.ts";
import type { RecordedGate } from "../revision/gate-trailers.ts";
import type { NamedLock } from "../revision/upstream-lock.ts";

/**
 * Good: a valid signature of a known key. UnknownKey: a valid one of another key. Bad: not of these bytes. OpenPGP: not
 * checked.
 */
export type SignatureState = "Good" | "UnknownKey" | "Bad" | "OpenPGP" | "None";

/** Of a commit or tag. */
export interface SignatureFacts {
  readonly state: SignatureState;
  /** The fingerprint of the key, as `ssh-keygen -l` prints it. */
  readonly key?: string;
}

/** One commit of a revision's draft. */
export interface AuditStep {
  readonly commit: Oid;
  /** RFC 3339, as the committer says. */
  readonly at: string;
  /** With a Good signature the user whom the operator names; else what the commit claims. */
  readonly author: string;
  readonly subject: string;
  readonly signature: SignatureState;
  /** The lifecycle after it. Absent for a commit that is not the operator's. */
  readonly lifecycle?: string;
  readonly returnedBy?: string;
  readonly returnReason?: string;
  readonly rebasedBy?: string;
  readonly rebasedOnto?: string;
}

/** What a signed record says about a publication. */
export interface AuditRecord {
  /** `namespace/name` of the Repository by whose rules it was published. */
  readonly repository?: string;
  readonly workspace: string;
  readonly editedBy: readonly string[];
  /** Others may have edited it as well. */
  readonly editorsUnknown?: true;
  readonly proposedBy?: string;
  readonly proposedAt?: string;
  /** The approver who requested the publication. */
  readonly approvedBy?: string;
  /** The rule of the Repository that approved it in the place of people. */
  readonly approvedByRule?: ApprovingRule;
  /** Where several had to approve: what was required, and what was given. */
  readonly approvals?: RecordedApprovals;
  /** `sha256:…` over the files. */
  readonly digest?: string;
  /** `sha256:…` over files and metadata: the approval is bound to it. */
  readonly proposalDigest?: string;
  readonly gates: readonly RecordedGate[];
  readonly upstream?: NamedLock;
}

/** A published revision, as Git has it. */
export interface AuditEntry {
  /** The package's folder from the repository's root. */
  readonly package: string;
  readonly revision: string;
  /** The name of the tag, without `refs/tags/`. */
  readonly tag: string;
  readonly commit?: Oid;
  /** Operator: its record has a Good signature. External: nothing is known about who proposed or approved it. */
  readonly provenance: "Operator" | "External";
  readonly signature: SignatureState;
  readonly key?: string;
  /** RFC 3339. */
  readonly publishedAt?: string;
  /** Present with provenance Operator. */
  readonly record?: AuditRecord;
  /** Of a revision that was deleted: who did so, as far as that is signed, and when. */
  readonly deleted?: { readonly by?: string; readonly at?: string };
  /** The draft's commits from its beginning; of very many, the last. */
  readonly steps: readonly AuditStep[];
  /** What does not verify, in sentences. */
  readonly problems: readonly string[];
}
