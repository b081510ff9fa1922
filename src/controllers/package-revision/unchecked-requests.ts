import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_BASE, ANNOTATION_REBASE_REQUESTED_BY } from "../../api/v1alpha1/well-known.ts";
import type { PolicyState } from "../../core/admission/policy-state.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import type { Policies } from "../admission-policies/monitor.ts";

/** For what no policy has checked, the policies are missing as long as it is there. */
const UNCHECKED: PolicyState = { kind: "missing", findings: [], settling: true };

/** What outlives a gap, and would count afterwards: it is removed then, and given again by whoever may do that. */
export type Grant = "verdicts" | "confirmation" | "approvals" | "rebase";

const GRANTS: Readonly<
  Record<Grant, { readonly policy: string; readonly isIn: (object: PackageRevision) => boolean }>
> = {
  verdicts: { policy: "pkgserver-gates", isIn: ({ status }) => (status?.gates ?? []).length > 0 },
  confirmation: {
    policy: "pkgserver-approval-ahead",
    isIn: ({ metadata }) => metadata.annotations?.[ANNOTATION_CONFIRM_BASE] !== undefined,
  },
  approvals: {
    policy: "pkgserver-co-approval",
    isIn: ({ spec }) => Object.keys(spec.approvals ?? {}).length > 0,
  },
  rebase: {
    policy: "pkgserver-rebase",
    isIn: ({ metadata }) => metadata.annotations?.[ANNOTATION_REBASE_REQUESTED_BY] !== undefined,
  },
};
const ALL_GRANTS = Object.keys(GRANTS) as readonly Grant[];

/**
 * Approvals, deletions, further approvals, verdicts of gates, confirmations and requests to rebase that were there
 * while an admission policy was missing: it may have refused them. A reconcile may see them only when the policies are
 * enforced again, since it waits for a remote or a worker, so that they are noted when the cache receives them. In
 * memory: a gap without a replica is not known.
 */
export class UncheckedRequests {
  readonly #policies: Pick<Policies, "state">;
  /** By key of the package revision, as all of these. */
  readonly #approvals = new Map<string, string>();
  readonly #deletions = new Set<string>();
  readonly #grants: Readonly<Record<Grant, Set<string>>> = {
    verdicts: new Set(),
    confirmation: new Set(),
    approvals: new Set(),
    rebase: new Set(),
  };
  #isGap = false;

  constructor(policies: Pick<Policies, "state">) {
    this.#policies = policies;
  }

  /** The policies are, or are not, missing from now on; `objects`: all there are. */
  noteState(state: PolicyState, objects: Iterable<PackageRevision>): void {
    if (state.kind === "enforced") this.#isGap = false;
    if (state.kind !== "missing") return;
    // Without findings, a policy was deleted and created again unseen: it may be any.
    const grants = grantsOf(state, !this.#isGap);
    this.#isGap = true;
    for (const object of objects) this.#note(object, grants);
  }

  /** The cache has received a version of an object. */
  noteObject(object: PackageRevision): void {
    const key = keyOf(object);
    if (!isApproved(object)) this.#approvals.delete(key);
    for (const grant of ALL_GRANTS) if (!isGranted(object, grant)) this.#grants[grant].delete(key);
    const isDeletion = object.metadata.deletionTimestamp !== undefined;
    if (!isDeletion && !isApproved(object) && !ALL_GRANTS.some((grant) => isGranted(object, grant))) return;
    const state = this.#policies.state();
    if (state.kind === "missing") this.#note(object, grantsOf(state, true));
  }

  /** The object is gone. */
  forget(object: PackageRevision): void {
    const key = keyOf(object);
    for (const noted of [this.#approvals, this.#deletions, ...Object.values(this.#grants)]) noted.delete(key);
  }

  /** The state of the policies that holds for this object's approval or deletion. */
  stateFor(object: PackageRevision): PolicyState {
    const state = this.#policies.state();
    return state.kind === "enforced" && this.#isUnchecked(object) ? UNCHECKED : state;
  }

  /** What can be removed since nobody has checked it: as long as a policy is missing, it would come back. */
  voidGrants(object: PackageRevision): readonly Grant[] {
    const found = this.#notedGrants(object);
    return found.length > 0 && this.#policies.state().kind === "enforced" ? found : [];
  }

  /** True if anything of the object is unchecked. */
  concerns(object: PackageRevision): boolean {
    return this.#isUnchecked(object) || this.#notedGrants(object).length > 0;
  }

  #isUnchecked(object: PackageRevision): boolean {
    const key = keyOf(object);
    const isDeletion = object.metadata.deletionTimestamp !== undefined && this.#deletions.has(key);
    return isDeletion || (isApproved(object) && this.#approvals.get(key) === canonicalJson(object.spec.approval));
  }

  #notedGrants(object: PackageRevision): readonly Grant[] {
    return ALL_GRANTS.filter((grant) => this.#grants[grant].has(keyOf(object)) && isGranted(object, grant));
  }

  #note(object: PackageRevision, grants: readonly Grant[]): void {
    const key = keyOf(object);
    if (object.metadata.deletionTimestamp !== undefined) this.#deletions.add(key);
    if (isApproved(object)) this.#approvals.set(key, canonicalJson(object.spec.approval));
    for (const grant of grants) if (isGranted(object, grant)) this.#grants[grant].add(key);
  }
}

/** Those whose policy is missing; without findings, as `orAny` says. */
function grantsOf(state: PolicyState, orAny: boolean): readonly Grant[] {
  if (state.kind !== "missing") return [];
  if (state.findings.length === 0) return orAny ? ALL_GRANTS : [];
  return ALL_GRANTS.filter((grant) => state.findings.some(({ name }) => name === GRANTS[grant].policy));
}

function isOpen({ status }: PackageRevision): boolean {
  return status?.lifecycle !== "published" && status?.lifecycle !== "deletionProposed";
}

function isApproved(object: PackageRevision): boolean {
  return object.spec.approval !== undefined && isOpen(object);
}

function isGranted(object: PackageRevision, grant: Grant): boolean {
  return isOpen(object) && GRANTS[grant].isIn(object);
}
