import type { KubeObject } from "../../api/meta.ts";
import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { recordedNames } from "../../core/identity/recorded-names.ts";
import type { Admit } from "../../core/ports/package-store.ts";
import { mayLackEditors } from "../../core/revision/attribution.ts";
import { mayHaveUnknownEditors } from "../../core/revision/claimed-editors.ts";
import type { Observation, RevisionView, UpstreamView } from "../../core/revision/observation.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { withPolicyFacts } from "./policy-facts.ts";
import { observeRelease } from "./releases/observe-release.ts";
import { repositoryKeyOf } from "./repository-of.ts";
import type { Contents } from "./resources/contents.ts";
import { changersOf } from "./scope.ts";

/** Collects everything that one reconcile decides on. */
export async function observe(
  dependencies: RevisionDependencies,
  contents: Contents,
  object: PackageRevision,
  admit?: Admit,
): Promise<Observation> {
  const key = repositoryKeyOf(object);
  const repository = dependencies.repositories.get(key);
  const store = dependencies.registry.get(key)?.store;
  // Without its Repository a deleted object is released, whatever Git has.
  const isReleased = object.metadata.deletionTimestamp !== undefined && isGone(repository);
  const hasRules = (repository?.spec.approval?.automatic ?? []).length > 0;
  const readShown = () => contents.shownCommit(object, admit);
  const view = isReleased ? undefined : await store?.observe(object, readShown, hasRules);
  // The informer may not have the last edit before the proposal yet: where editors decide, the API server is asked.
  const decides = decidesOnEditors(repository, object);
  const read = decides ? await contents.read(object, admit) : [];
  const pages = decides ? read : dependencies.contents.byIndex("owner", keyOf(object));
  const editors = allEditors(view, editorsOf(pages));
  const release = observeRelease(dependencies, object);
  return await withPolicyFacts(dependencies, store, {
    object,
    ...(repository !== undefined && { repository }),
    ...(view !== undefined && { view }),
    upstream: await observeUpstream(dependencies, object),
    editors,
    policies: dependencies.policies.stateFor(object),
    ...(release !== undefined && { release }),
    ...(decides && { hasUnknownEditors: read.some(mayLackEditors) || lacksEditors(object, view, editors) }),
  });
}

function isGone(repository: Repository | undefined): boolean {
  return repository === undefined || repository.metadata.deletionTimestamp !== undefined;
}

async function observeUpstream(
  { repositories, registry }: RevisionDependencies,
  object: PackageRevision,
): Promise<UpstreamView> {
  const { upstream } = object.spec;
  if (upstream === undefined || object.status?.lifecycle !== undefined) return { kind: "none" };
  const key = `${object.metadata.namespace}/${upstream.repository}`;
  if (repositories.get(key) === undefined) {
    return { kind: "missing", message: `spec.upstream: no Repository ${upstream.repository} in this namespace` };
  }
  const store = registry.get(key)?.store;
  if (store === undefined) {
    return { kind: "notReady", message: `spec.upstream: Repository ${upstream.repository} is not ready` };
  }
  const found = await store.findUpstream(upstream);
  if (found.kind === "found") return { kind: "found", source: found.source };
  return { kind: "missing", message: `spec.upstream: Repository ${upstream.repository} ${found.message}` };
}

/** Whether the reconcile decides if the approver is one of the editors. */
function decidesOnEditors(repository: Repository | undefined, { spec, status }: PackageRevision): boolean {
  const isApproved = spec.lifecycle === "published" && status?.lifecycle === "proposed";
  return isApproved && repository?.spec.approval?.fourEyes === true;
}

/** Those of earlier contents objects as well, which Git has. The last one last. */
function allEditors(view: RevisionView | undefined, ofPages: readonly string[]): readonly string[] {
  const recorded = view?.found?.kind === "draft" ? (view.found.editors ?? []) : [];
  return [...recorded.filter((name) => !ofPages.includes(name)), ...ofPages];
}

function lacksEditors(object: PackageRevision, view: RevisionView | undefined, editors: readonly string[]): boolean {
  return view?.found?.kind === "draft" && mayHaveUnknownEditors(view.found, [...editors, ...changersOf(object)]);
}

/** The users who edited the package's contents, the last one last. */
export function editorsOf(pages: readonly KubeObject[]): readonly string[] {
  return pages.flatMap((page) => recordedNames(page.metadata.annotations?.[ANNOTATION_EDITED_BY]));
}
