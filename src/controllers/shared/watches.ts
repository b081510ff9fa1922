import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CONFIRM_HISTORY, ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import type { Controller } from "../../runtime/controller.ts";
import { isOwnStatusTextChange } from "../package-revision/predicates.ts";
import type { Contents } from "../package-revision/resources/contents.ts";
import type { RepositoryReconciler } from "../repository/reconciler.ts";
import type { ControllerContext } from "./context.ts";
import { contentsIndexes, revisionIndexes } from "./indexes.ts";
import type { Informers } from "./informers.ts";

const COUNT_AFTER_MS = 500;

export interface Controllers {
  readonly repository: Controller;
  readonly revision: Controller;
}

/** Says which change of which object makes which controller look at what. */
export function wireEvents(
  sources: Informers,
  controllers: Controllers,
  parts: {
    readonly operator: ControllerContext;
    readonly reconciler: RepositoryReconciler;
    readonly contents: Contents;
    /** Makes the controller of package revisions forget what it knows by its own writes. */
    readonly forgetWrites: () => void;
  },
): void {
  const { repository, revision } = controllers;
  const { operator, reconciler } = parts;

  // Our own writes may be undone by it, in objects that look as they did before them. All is looked at, as after a restart.
  sources.repositories.onRelist(() => {
    for (const one of operator.repositories.list()) repository.enqueue(keyOf(one), { priority: "low" });
  });
  const lookAtAll = () => {
    parts.forgetWrites();
    for (const one of operator.revisions.list()) revision.enqueue(keyOf(one), { priority: "low" });
  };
  sources.revisions.onRelist(lookAtAll);
  sources.contents.onRelist(lookAtAll);

  sources.repositories.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    // Our own status patches are no reason to ask the remote again.
    if (next !== undefined && previous !== undefined && sameWish(next, previous)) return enqueueBlocked(next, previous);
    repository.enqueue(keyOf(object));
    // Whatever overlapped with one that is gone may be free now.
    const neighbours = operator.repositories.list(object.metadata.namespace);
    for (const other of neighbours) if (other.status?.conditions?.some(isOverlap)) repository.enqueue(keyOf(other));
    // A wish to sync now is no news for package revisions before it is done, and what it finds is told by name.
    const same =
      next?.metadata.uid === previous?.metadata.uid && next?.metadata.generation === previous?.metadata.generation;
    if (next !== undefined && same && !isGoing(next)) return;
    for (const one of operator.revisions.byIndex("repository", keyOf(object)))
      revision.enqueue(keyOf(one), { priority: "low" });
  });

  // Who has mended something on the remote asks for a look: what was refused before need not wait for its next try.
  const enqueueBlocked = (next: Repository, previous: Repository) => {
    const isAnswered = next.status?.lastHandledSyncRequest !== previous.status?.lastHandledSyncRequest;
    const changes = readyOf(next) !== readyOf(previous);
    for (const one of changes || isAnswered ? operator.revisions.byIndex("repository", keyOf(next)) : [])
      if (changes || readyOf(one) === "False") revision.enqueue(keyOf(one), { priority: "low" });
  };

  sources.revisions.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next !== undefined && previous !== undefined && isOwnStatusTextChange(next, previous)) return;
    // What nobody has asked for, a revision that was discovered, lets those pass for which somebody waits.
    const discovered =
      next !== undefined && next.status?.lifecycle === undefined && next.spec.lifecycle === "published";
    revision.enqueue(keyOf(object), { priority: discovered ? "low" : "high" });
    followUpstream(next, previous);
    if (takesOtherRoom(next, previous)) {
      const key = `${object.metadata.namespace}/${object.spec.packageRevID.repository}`;
      repository.enqueue(key, { priority: "low", afterMs: COUNT_AFTER_MS });
    }
    // One that went without a trace in Git is discovered again.
    if (next === undefined) repository.enqueue(`${object.metadata.namespace}/${object.spec.packageRevID.repository}`);
  });

  // What a draft waits for may be in a Repository that is another replica's.
  const followUpstream = (next: PackageRevision | undefined, previous: PackageRevision | undefined) => {
    for (const key of next === undefined ? [] : revisionIndexes.waitingForUpstream(next)) {
      const upstream = operator.repositories.get(key);
      if (upstream !== undefined && !operator.ownership.ownsRepository(upstream)) repository.enqueue(key);
    }
    if (next === undefined || next.status?.lifecycle === previous?.status?.lifecycle) return;
    for (const key of revisionIndexes.repository(next)) if (reconciler.lookAgain(key)) repository.enqueue(key);
  };

  sources.contents.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next === undefined) parts.contents.forget(object.metadata.uid ?? "", contentsIndexes.owner(object));
    if (next !== undefined && previous === undefined && next.metadata.generation === 1) return;
    if (next?.metadata.generation === previous?.metadata.generation && next !== undefined) return;
    for (const key of contentsIndexes.owner(object)) revision.enqueue(key);
  });

  sources.secrets.onChange((next, previous) => {
    const secret = next ?? previous;
    if (secret === undefined) return;
    for (const one of operator.repositories.byIndex("credentials", keyOf(secret))) {
      reconciler.expire(keyOf(one));
      repository.enqueue(keyOf(one));
    }
  });
}

/** What Git has new for some objects: those that are there look, for the others the Repository makes them. */
export function onTouched(
  operator: ControllerContext,
  controllers: Controllers,
  key: string,
  names: ReadonlySet<string>,
): void {
  const namespace = key.slice(0, key.indexOf("/"));
  let missing = false;
  for (const name of names) {
    const known = operator.revisions.get(`${namespace}/${name}`) !== undefined;
    if (known) controllers.revision.enqueue(`${namespace}/${name}`);
    else missing = true;
    for (const one of operator.revisions.byIndex("tag", `${namespace}/${name}`))
      controllers.revision.enqueue(keyOf(one));
  }
  // Its counts change as well; many pushes in a row are counted once.
  controllers.repository.enqueue(key, { priority: "low", afterMs: missing ? 0 : COUNT_AFTER_MS });
  for (const index of ["waitingForUpstream", "waitingToBegin", "waitingToPublish"] as const) {
    for (const one of operator.revisions.byIndex(index, key)) controllers.revision.enqueue(keyOf(one));
  }
}

/** The remote answers: what has failed for long need not wait for its next try. */
export function onFetched(operator: ControllerContext, controllers: Controllers, key: string): void {
  for (const one of operator.revisions.byIndex("interrupted", key)) controllers.revision.enqueue(keyOf(one));
}

/** A Repository that has been read for the first time: everything of it can be decided on now. */
export function onFirstSync(operator: ControllerContext, controllers: Controllers, key: string): void {
  for (const one of operator.revisions.byIndex("repository", key)) {
    controllers.revision.enqueue(keyOf(one), { priority: "low" });
  }
  for (const one of operator.revisions.byIndex("waitingForUpstream", key)) controllers.revision.enqueue(keyOf(one));
}

/** What is kept of the others, and the counts of that, may change with it; many in a row are counted once. */
function takesOtherRoom(next: PackageRevision | undefined, previous: PackageRevision | undefined): boolean {
  const of = (object: PackageRevision | undefined) => `${object?.status?.contentsSize} ${object?.status?.lifecycle}`;
  return of(next) !== of(previous);
}

function isGoing(repository: Repository): boolean {
  return repository.metadata.deletionTimestamp !== undefined;
}

function sameWish(a: Repository, b: Repository): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.generation === b.metadata.generation &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    [ANNOTATION_SYNC, ANNOTATION_CONFIRM_HISTORY].every(
      (name) => a.metadata.annotations?.[name] === b.metadata.annotations?.[name],
    )
  );
}

function readyOf(object: Repository | PackageRevision): string | undefined {
  return object.status?.conditions?.find((one) => one.type === "Ready")?.status;
}

function isOverlap(condition: { readonly reason: string }): boolean {
  return condition.reason === "RepositoryOverlap";
}
