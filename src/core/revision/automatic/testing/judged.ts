import type { PackageChanges } from "../../../../api/v1alpha1/package-changes.ts";
import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../../../api/v1alpha1/package-variant.ts";
import type { AutomaticRule } from "../../../../api/v1alpha1/repository-approval.ts";
import type { RepositorySpec } from "../../../../api/v1alpha1/repository-spec.ts";
import { ANNOTATION_WRITTEN_SPEC } from "../../../../api/v1alpha1/well-known.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "../../../testing/discovered.ts";
import { aRepository, aRevision, aView, observed } from "../../../testing/observed.ts";
import { ownerAnnotation, writtenSpec } from "../../../variants/ownership.ts";
import type { CommitMetadata } from "../../commit-trailers.ts";
import type { Observation } from "../../observation.ts";
import type { RecordedMetadata } from "../../recorded-metadata.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const AT = "2025-01-02T03:04:05Z";

export const lockAt = (revision: string, commit = oid(9)) => ({
  ...{ repository: "catalog", package: "dns", revision, commit, digest: DIGEST },
});

/** A Deployment whose image has another tag. */
export const TAG_CHANGED: PackageChanges = {
  summary: "+0 ~1 -0 resources",
  risks: [],
  riskCount: 0,
  resources: [
    {
      kind: "changed",
      resource: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      file: "web.yaml",
      fields: [{ field: "spec.template.spec.containers[name=web].image", before: '"web:1"', after: '"web:2"' }],
      fieldCount: 1,
    },
  ],
  resourceCount: 1,
  files: [{ kind: "changed", path: "web.yaml" }],
  fileCount: 1,
  unreadCount: 0,
  otherFileCount: 0,
  isImageVersions: true,
  undiffedCount: 0,
};

export const variant: PackageVariant = {
  apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
  kind: "PackageVariant",
  metadata: { name: "dns-of-edge", namespace: "default", uid: "uid-1" },
  spec: {
    upstream: { repository: "catalog", package: "dns" },
    downstream: { repository: "blue", package: "dns" },
  },
};

/** What differs from a proposal that any rule may approve. */
export interface Judged {
  readonly rules?: readonly AutomaticRule[];
  readonly repository?: Partial<RepositorySpec>;
  readonly changes?: PackageChanges | null;
  readonly object?: Partial<Pick<PackageRevision["metadata"], "labels" | "annotations">>;
  readonly spec?: Partial<PackageRevision["spec"]>;
  /** Of the proposal's commit, and of the published tag. */
  readonly after?: Partial<CommitMetadata>;
  readonly before?: Partial<CommitMetadata>;
  readonly metadata?: { readonly before?: RecordedMetadata; readonly after?: RecordedMetadata };
  readonly more?: Partial<Observation>;
  readonly latest?: string | null;
}

/** A proposal of `dns` that began from v1, and the decision's other parameters. */
export function aJudgedProposal(judged: Judged = {}) {
  const { rules = [], changes = TAG_CHANGED, latest = "v1", metadata = {} } = judged;
  const spec = { lifecycle: "proposed" as const, ...judged.spec };
  const commit = oid(2);
  const tag = {
    ...publishedRef("dns", latest ?? "v1", { commit: oid(1) }),
    trailers: {
      ...trailersOf("dns", "zero", { lifecycle: "published", approvedBy: "bob", metadata: metadata.before ?? {} }),
      ...judged.before,
    },
  };
  const after = { base: { revision: "v1" }, ...metadata.after };
  const draft = draftBranch("dns", "one", {
    commit,
    trailers: { ...trailersOf("dns", "one", { lifecycle: "proposed", metadata: after }), ...judged.after },
  });
  const object = aRevision({
    spec,
    ...judged.object,
    status: {
      lifecycle: "proposed",
      contentDigest: "c1",
      base: { revision: "v1" },
      proposal: { digest: "d1", commit, by: "ann", at: AT },
    },
  });
  const approval = { automatic: [...rules], ...judged.repository?.approval };
  const view = aView({ found: draft, ...(latest !== null && { latest: tag }) });
  const observation = observed(object, {
    view,
    repository: aRepository({ ...judged.repository, approval }),
    changedFiles: ["web.yaml"],
    review: { digest: "c1", ...(changes !== null && { changes }) },
    ...judged.more,
  });
  return { observation, view, draft };
}

/** One that a PackageVariant has made of a newer upstream. */
export function aVariantProposal(judged: Judged = {}) {
  const upstream = { repository: "catalog", package: "dns" };
  const spec = { upstream: { ...upstream, revision: "v1.2.4" }, tasks: [{ type: "upgrade" as const }] };
  const written = writtenSpec({ packageRevID: aRevision({}).spec.packageRevID, ...spec });
  const annotations = { ...ownerAnnotation(variant), [ANNOTATION_WRITTEN_SPEC]: written };
  const previous = aRevision({ annotations, status: { revision: "v1" } });
  return aJudgedProposal({
    ...judged,
    spec: { ...spec, ...judged.spec },
    object: { annotations, ...judged.object },
    metadata: {
      before: {
        spec: { upstream: { ...upstream, revision: "v1.2.3" }, tasks: [{ type: "clone" }] },
        upstreamLock: lockAt("v1.2.3"),
        ...judged.metadata?.before,
      },
      after: { spec, upstreamLock: lockAt("v1.2.4"), ...judged.metadata?.after },
    },
    more: { variant, previous, ...judged.more },
  });
}
