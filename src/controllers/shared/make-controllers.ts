import { Controller } from "../../runtime/controller.ts";
import type { ControllerMetrics } from "../../runtime/metrics.ts";
import { PackageRevisionReconciler } from "../package-revision/reconciler.ts";
import { Contents } from "../package-revision/resources/contents.ts";
import { RepositoryReconciler } from "../repository/reconciler.ts";
import { retryDecisionOf } from "./classify-error.ts";
import type { ControllerContext } from "./context.ts";
import type { Informers } from "./informers.ts";
import { type Controllers, onFetched, onFirstSync, onTouched, wireEvents } from "./watches.ts";

/**
 * Most wait for a remote, and one that does not answer must not hold up the others: a namespace has half of the workers that the other
 * ones leave, and one of its repositories half of those.
 */
const CONCURRENCY = { repository: 16, revision: 128 } as const;

/** One controller a kind, each told of what it has to look at. */
export function makeControllers(
  operator: ControllerContext,
  sources: Informers,
  metrics: ControllerMetrics,
): { readonly controllers: Controllers; readonly reconciler: RepositoryReconciler } {
  const contents = new Contents(operator);
  const reconciler = new RepositoryReconciler(operator, {
    onTouched: (key, names) => onTouched(operator, controllers, key, names),
    onFetched: (key) => onFetched(operator, controllers, key),
    onFirstSync: (key) => onFirstSync(operator, controllers, key),
    onKeptOtherwise: (keys) => {
      for (const key of keys) controllers.revision.enqueue(key, { priority: "low" });
    },
  });
  const revisions = new PackageRevisionReconciler(operator, contents);
  const controllers: Controllers = {
    repository: new Controller({
      name: "repository",
      concurrency: CONCURRENCY.repository,
      flowOf: namespaceOf,
      reconcile: (key, context) => reconciler.reconcile(key, context),
      log: operator.log,
      metrics,
      classifyError: retryDecisionOf,
    }),
    revision: new Controller({
      name: "packagerevision",
      concurrency: CONCURRENCY.revision,
      flowOf: (key) => repositoryOf(operator, key),
      reconcile: (key, context) => revisions.reconcile(key, context),
      log: operator.log,
      metrics,
      classifyError: retryDecisionOf,
    }),
  };
  const forgetWrites = () => revisions.forgetWrites();
  wireEvents(sources, controllers, { operator, reconciler, contents, forgetWrites });
  return { controllers, reconciler };
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

/** The key of a package revision's Repository. */
function repositoryOf({ revisions }: ControllerContext, key: string): string {
  return `${namespaceOf(key)}/${revisions.get(key)?.spec.packageRevID.repository ?? ""}`;
}
