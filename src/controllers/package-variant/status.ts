import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantStatus } from "../../api/v1alpha1/package-variant.ts";
import { OUR_CONDITIONS, type Readiness, summarizeConditions } from "../../core/conditions/conditions.ts";
import { JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import { compareRevisions } from "../../core/identity/revision.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import { isPublished } from "../../core/variants/observation.ts";
import { isMade } from "../../core/variants/ownership.ts";
import { workspaceOf } from "../../core/variants/workspace.ts";
import { patchStatus } from "../../kube/patch-status.ts";
import { packageVariants } from "../shared/kinds.ts";
import type { VariantContext } from "./context.ts";
import { ownedRevisions } from "./observe.ts";

/** The limit of the schema. */
const MAX_ADOPTED = 16;

/** Writes the result of a reconcile, and an Event where a user is needed. Returns the object as it is afterwards. */
export async function writeStatus(
  context: VariantContext,
  variant: PackageVariant,
  readiness: Readiness,
  known: { readonly upstreamRevision?: string | undefined } = {},
): Promise<PackageVariant> {
  const generation = variant.metadata.generation ?? 0;
  const now = timestamp(context.now());
  const status = {
    ...known,
    ...downstreamStatus(context, variant),
    observedGeneration: generation,
    conditions: summarizeConditions(variant.status?.conditions ?? [], readiness, generation, now),
  };
  const { before, after } = await patchStatus(context.client, packageVariants, variant, status, OUR_CONDITIONS);
  const last = before.status?.conditions?.find(({ type }) => type === "Ready");
  const { state, reason, message: note } = readiness;
  if (state === "stalled" && last?.reason !== reason) {
    context.events.record(variant, { type: "Warning", reason, action: "Reconcile", note });
  }
  return after;
}

type Changes = Readonly<Partial<Record<keyof PackageVariantStatus, unknown>>>;

/** What the variant has. */
function downstreamStatus(context: VariantContext, variant: PackageVariant): Changes {
  const owned = ownedRevisions(context, variant);
  const published = owned.filter(isPublished).toSorted(byRevision).at(-1);
  const draft = owned.find((one) => !isPublished(one));
  const adopted = owned.filter((one) => isPublished(one) && !isMade(one)).toSorted(byRevision);
  const names = adopted.slice(0, MAX_ADOPTED).map(({ metadata }) => metadata.name);
  return {
    workspace: knownWorkspace(variant),
    draft: draft?.metadata.name,
    published: published?.metadata.name,
    adopted: names.length === 0 ? undefined : names,
  };
}

/** Undefined for a spec that is nested too deeply, which is reported as that. */
function knownWorkspace({ spec }: PackageVariant): string | undefined {
  try {
    return workspaceOf(spec);
  } catch (error) {
    if (error instanceof JsonTooDeepError) return undefined;
    throw error;
  }
}

function byRevision(a: PackageRevision, b: PackageRevision): number {
  return compareRevisions(a.status?.revision ?? "", b.status?.revision ?? "");
}
