import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_ROLLED_OUT } from "../../api/v1alpha1/well-known.ts";
import { objectName } from "../identity/names.ts";
import { parseRevision } from "../identity/revision.ts";
import { freeWorkspace, isWorkspaceOf, workspaceOf } from "../variants/workspace.ts";

/** What a variant's annotation says of the rollout that wrote its spec last. It is written together with the spec. */
export interface RolloutRecord {
  /** The id of the rollout. */
  readonly rollout: string;
  readonly wave: number;
  /** `hashSpec` of what was written. */
  readonly spec: string;
  /** `hashSpec` of what the variant had instead, before the rollout was rolled back. */
  readonly rolledBack?: string;
  /** What was published before. Absent for a variant that the rollout created, and for one that is too large. */
  readonly former?: PackageVariantSpec;
}

/** UTF-8 bytes of a former spec: all annotations of an object together may have 256 KiB. */
const MAX_FORMER = 128 * 1024;

export function readRecord({ metadata }: PackageVariant): RolloutRecord | undefined {
  const value = metadata.annotations?.[ANNOTATION_ROLLED_OUT];
  if (value === undefined) return undefined;
  try {
    // Admission lets only the operator write it.
    return (JSON.parse(value) as RolloutRecord | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function formatRecord({ former, ...record }: RolloutRecord): string {
  const isKept = former !== undefined && new TextEncoder().encode(JSON.stringify(former)).length <= MAX_FORMER;
  return JSON.stringify({ ...record, ...(isKept && { former }) });
}

/**
 * What a variant has to get back if the spec that follows is rolled back: its present spec if that was published, else
 * the one before it. An upstream that it follows is bound to the revision that this means now.
 */
export function formerSpec(variant: PackageVariant): PackageVariantSpec {
  const { spec, status } = variant;
  const former = readRecord(variant)?.former;
  if (former !== undefined && !isOncePublished(variant)) return former;
  return bindUpstream(spec, status?.upstreamRevision ?? spec.upstream.revision);
}

/** The spec with this revision of its upstream. */
export function bindUpstream(spec: PackageVariantSpec, revision: string | undefined): PackageVariantSpec {
  if (revision === undefined || isBound(spec)) return spec;
  return { ...spec, upstream: { ...spec.upstream, revision } };
}

/** True for a spec that names one revision of its upstream. */
export function isBound({ upstream }: PackageVariantSpec): boolean {
  return parseRevision(upstream.revision ?? "") !== undefined;
}

/** Drafts of one spec and upstream revision that are told apart where their names end in a hash. */
const MAX_NUMBERED = 20;

/** True if the latest published revision was made for the present spec. */
function isOncePublished({ spec, status }: PackageVariant): boolean {
  const { published, upstreamRevision = "" } = status ?? {};
  if (published === undefined) return false;
  const base = workspaceOf(spec);
  if (isWorkspaceOf(base, published.split(".").at(-1) ?? "")) return true;
  // A name that would be too long does not end in the workspace.
  const { repository, ...location } = spec.downstream;
  const nameOf = (workspace: string) => objectName(repository, location, workspace);
  if (nameOf(base).endsWith(`.${base}`)) return false;
  const used = new Set<string>();
  for (let left = MAX_NUMBERED; left > 0; left--) {
    const workspace = freeWorkspace(base, upstreamRevision, used);
    if (nameOf(workspace) === published) return true;
    used.add(workspace);
  }
  return false;
}
