import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { PUSH_REJECTED } from "../../src/api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { canonicalJson } from "../../src/core/identity/canonical-json.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/** State before and after another full sync, for comparison. */
export interface Traces {
  readonly cluster: ClusterView;
  /** `namespace/name` of a Repository → full name of a ref → object. */
  readonly refs: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** 10: another full sync made no commit and no write, except the Repositories' answer to the sync request. */
export function checkResync(before: Traces, after: Traces): readonly Violation[] {
  const marks = (view: ClusterView) =>
    new Map([
      ...view.repositories.map((one) => [`Repository ${keyOf(one)}`, withoutSyncAnswer(one)] as const),
      // A sync tries a refused push again, and writes that to the status.
      ...[...view.sets, ...view.variants, ...view.revisions.filter((one) => !isRefused(one)), ...view.contents].map(
        (one) => [`${one.kind} ${keyOf(one)}`, one.metadata.resourceVersion ?? ""] as const,
      ),
    ]);
  const refs = [...new Set([...before.refs.keys(), ...after.refs.keys()])].flatMap((key) =>
    differences(before.refs.get(key) ?? new Map(), after.refs.get(key) ?? new Map(), `${key} `),
  );
  return [...differences(marks(before.cluster), marks(after.cluster), ""), ...refs];
}

function isRefused(revision: PackageRevision): boolean {
  return conditionOf(revision, "Ready")?.reason === PUSH_REJECTED;
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  prefix: string,
): readonly Violation[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [earlier, later] = [before.get(name), after.get(name)];
    if (earlier === later) return [];
    return {
      invariant: 10,
      subject: `${prefix}${name}`,
      message: `${describeChange(earlier, later)} by a sync that had nothing to do`,
    };
  });
}

function describeChange(earlier: string | undefined, later: string | undefined): string {
  if (earlier === undefined) return "was created";
  return later === undefined ? "was deleted" : `was changed: ${earlier.slice(0, 2000)} → ${later.slice(0, 2000)}`;
}

/** A Repository without the sync request and its answer, which is written with the time of the sync. */
function withoutSyncAnswer({ metadata, spec, status }: Repository): string {
  const { [ANNOTATION_SYNC]: _asked, ...annotations } = metadata.annotations ?? {};
  const { lastHandledSyncRequest: _answer, lastSyncTime: _time, ...rest } = status ?? {};
  const { labels, finalizers, generation } = metadata;
  return canonicalJson({ annotations, labels, finalizers, generation, spec, status: rest });
}
