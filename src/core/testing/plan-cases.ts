import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import type { PolicyState } from "../admission/policy-state.ts";
import type { Observation, RevisionView } from "../revision/observation.ts";
import type { Plan } from "../revision/plan.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "./discovered.ts";
import { aRepository, aRevision, aView, condition, observed } from "./observed.ts";

export const CONFIRM_HISTORY = "pkg.pkgserver.dev/confirm-history";
export const proposal = { digest: "d1", commit: oid(1), by: "ann", at: "2025-01-02T03:04:05Z" };
export const approval = { digest: "d1", by: "eve" };
export const draft = draftBranch("dns", "one");
export const proposed = draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "proposed" }) });
export const moved = draftBranch("dns", "one", { commit: oid(9) });
export const tag = publishedRef("dns", "v1");

const binding = { kind: "ValidatingAdmissionPolicyBinding", name: "p", problem: "is not installed" };
export const missing: PolicyState = { kind: "missing", findings: [binding] };
export const settling: PolicyState = { kind: "missing", findings: [], settling: true };
export const unknown: PolicyState = { kind: "unknown", message: "no answer" };

/** An observation of the package revision `dns`, workspace `one`. */
export function observation(facts: {
  /** `spec.lifecycle`. */
  readonly desired?: Lifecycle;
  readonly spec?: Partial<PackageRevisionSpec>;
  /** `status.lifecycle`. */
  readonly current?: Lifecycle;
  readonly status?: Partial<PackageRevisionStatus>;
  readonly view?: Partial<RevisionView> | "unread";
  readonly more?: Partial<Omit<Observation, "view">>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}): Observation {
  const { desired, current, view = {}, deleted = false, annotations } = facts;
  const spec = { ...facts.spec, ...(desired !== undefined && { lifecycle: desired }) };
  const status =
    current === undefined && facts.status === undefined
      ? undefined
      : { ...facts.status, ...(current && { lifecycle: current }) };
  const object = aRevision({
    spec,
    ...(status !== undefined && { status }),
    ...(annotations !== undefined && { annotations }),
    deleted,
  });
  return observed(object, { ...facts.more, view: view === "unread" ? view : aView(view) });
}

/** A plan in short: its kind, variant and blocker. */
export function summarize(plan: Plan): string {
  const blocker = "blocker" in plan && plan.blocker !== undefined ? ` ${plan.blocker.reason}` : "";
  const more =
    plan.kind === "createDraft"
      ? ` ${plan.origin.kind}`
      : plan.kind === "returnToDraft" && plan.cause !== "requested"
        ? ` ${plan.cause}`
        : plan.kind === "removeFinalizer" && plan.kept !== undefined
          ? " kept"
          : "";
  return `${plan.kind}${more}${blocker}`;
}

/** A title, an observation, and the expected plan as `summarize` returns it. */
export type Row = readonly [string, Observation, string];

export const ready = (status: "True" | "False") => aRepository({}, { ready: condition("Ready", status) });
export const withoutRepository = (from: Observation): Observation => {
  const { repository: _, ...rest } = from;
  return rest;
};
