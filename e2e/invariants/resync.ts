import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { PUSH_REJECTED } from "../../src/api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { canonicalJson } from "../../src/core/identity/canonical-json.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/** What is compared before and after another full sync. */
export interface Traces {
  readonly cluster: ClusterView;
  /** `namespace/name` of a Repository → full name of a ref → object. */
  readonly refs: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** 10: another full sync made no commit and no write, but for the Repositories' own answer to the request. */
export function checkResync(before: Traces, after: Traces): readonly Violation[] {
  const marks = (view: ClusterView) =>
    new Map([
      ...view.repositories.map((one) => [`Repository ${keyOf(one)}`, withoutSyncAnswer(one)] as const),
      // What a remote refuses is tried again by a sync, and says so meanwhile.
      ...[...view.revisions.filter((one) => !isRefused(one)), ...view.contents].map(
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
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    const what =
      was === undefined ? "was made" : is === undefined ? "was deleted" : `was changed: ${changeOf(was, is)}`;
    return { invariant: 10, subject: `${prefix}${name}`, message: `${what} by a sync that had nothing to do` };
  });
}

function changeOf(was: string, is: string): string {
  return was.length + is.length > 400 ? `${was.slice(0, 2000)} → ${is.slice(0, 2000)}` : `${was} → ${is}`;
}

/** A Repository without what says that it was asked, and that it has answered. */
function withoutSyncAnswer({ metadata, spec, status }: Repository): string {
  const { [ANNOTATION_SYNC]: _asked, ...annotations } = metadata.annotations ?? {};
  const { lastHandledSyncRequest: _answer, ...rest } = status ?? {};
  const { labels, finalizers, generation } = metadata;
  return canonicalJson({ annotations, labels, finalizers, generation, spec, status: rest });
}
