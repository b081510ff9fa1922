import { asPartialMetadata, parseKey } from "../../api/meta.ts";
import type { PackageApis } from "../../core/dependencies/package-apis.ts";
import type { MergeCall, MergeResult } from "../../core/merge/merge-call.ts";
import type { ApisCall } from "../../core/processing/apis-call.ts";
import type { ProcessCall, ProcessResult } from "../../core/processing/process-package.ts";
import type { CheckResult, FileCheck, FileCheckCall } from "../../core/validation/file-check.ts";
import type { PublishedDocument, PublishedText } from "../../core/validation/schema/published-document.ts";
import type { ServiceAccountClients } from "../../kube/objects/service-account-clients.ts";
import { ClusterSchemas } from "../../kube/openapi/cluster-schemas.ts";
import type { WorkerProcess } from "../../runtime/worker-process.ts";
import type { RepositorySource } from "../repository/setup.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { contentsIndexes } from "../shared/indexes.ts";
import { packageContents, packageRevisions, packageVariants, repositories } from "../shared/kinds.ts";
import { FileChecks, type FilesChecked } from "./checks/file-checks.ts";
import type { ProcessingEnvironment } from "./dependencies.ts";
import { revisionIndexes } from "./indexes.ts";
import { PackageMerges } from "./merges/package-merges.ts";
import { NeededFiles } from "./needs/needed-files.ts";
import { type NeedsChanged, PackageNeeds } from "./needs/package-needs.ts";
import { PublishedFiles } from "./needs/published-files.ts";
import { PublishedReader } from "./needs/read-published.ts";
import { outdatedChanged } from "./outdated-base.ts";
import { DataSources } from "./processing/data-sources.ts";
import { type PackageProcessed, PackageRuns } from "./processing/package-runs.ts";
import { readOutside } from "./processing/read-schemas.ts";
import { withClusterSchemas } from "./processing/with-cluster-schemas.ts";
import { PackageRevisionReconciler } from "./reconciler.ts";
import { TargetChecks } from "./targets/target-checks.ts";
import { UncheckedRequests } from "./unchecked-requests.ts";
import { UncheckedRules } from "./unchecked-rules.ts";
import { upgradeChanged } from "./upstream-upgrade.ts";
import { watchPackageRevisions } from "./watches.ts";

/** Most reconciles wait for a remote: a repository gets at most half of the workers that the others leave free. */
const WORKERS = 128;

const SCHEMAS_INTERVAL_MS = 60_000;

export interface PackageRevisionOptions {
  readonly source: RepositorySource;
  readonly checks: readonly FileCheck[];
  /** Runs checks outside the event loop; stopped with the controller. */
  readonly worker: WorkerProcess<FileCheckCall, CheckResult>;
  /** Renders and validates packages; stopped with the controller. */
  readonly processor: Pick<WorkerProcess<ProcessCall, ProcessResult>, "call" | "close">;
  /** Merges packages; stopped with the controller. */
  readonly merger: Pick<WorkerProcess<MergeCall, MergeResult>, "call" | "close">;
  /** Finds out what published packages offer and need; stopped with the controller. */
  readonly apisReader: Pick<WorkerProcess<ApisCall, PackageApis>, "call" | "close">;
  /** Reads schemas of the API server; stopped with the controller. */
  readonly schemaReader: WorkerProcess<PublishedText, PublishedDocument>;
  readonly environment: ProcessingEnvironment;
  /** Read from the cluster for packages; closed with the controller. */
  readonly accounts: ServiceAccountClients;
  /** How often what they read is read again. */
  readonly objectsIntervalMs: number;
}

/** Registers the controller of PackageRevisions. */
export function setupPackageRevision(
  controllers: ControllerRegistry,
  shared: ControllerContext,
  options: PackageRevisionOptions,
): void {
  const {
    source,
    checks,
    worker: checker,
    processor,
    merger,
    apisReader,
    schemaReader,
    environment,
    accounts,
  } = options;
  const { informers } = controllers;
  const watched = {
    repositories: informers.forResource(repositories),
    revisions: informers.forResource(packageRevisions, revisionIndexes),
    variants: informers.forResource(packageVariants),
    pages: informers.forResource(asPartialMetadata(packageContents), contentsIndexes),
  };
  const fileChecks = new EventChannel<FilesChecked>(shared.onError);
  const unchecked = new UncheckedRequests(shared.policies);
  const rules = new UncheckedRules(shared.policies);
  const files = new FileChecks({ checks, worker: checker, log: shared.log, channel: fileChecks });
  const processing = new EventChannel<PackageProcessed>(shared.onError);
  const schemas = new ClusterSchemas({ client: shared.client, read: readOutside(schemaReader) });
  const worker = withClusterSchemas(processor, schemas);
  const runs = new PackageRuns({ worker, log: shared.log, channel: processing });
  const published = new PublishedFiles({ client: shared.client, registry: source.registry });
  const data = new DataSources({
    files,
    needed: new NeededFiles({ files: published, revisions: watched.revisions.lister }),
    log: shared.log,
    clients: accounts,
    onChanged: (key) => runs.dataChanged(key),
  });
  const needsChannel = new EventChannel<NeedsChanged>(shared.onError);
  const reader = new PublishedReader({
    worker: apisReader,
    log: shared.log,
    files: published,
    registry: source.registry,
    repositories: watched.repositories.lister,
    ownership: shared.ownership,
  });
  const needs = new PackageNeeds({ reader, revisions: watched.revisions.lister, channel: needsChannel });
  const targets = new TargetChecks({ files, log: shared.log, channel: fileChecks });
  const dependencies = {
    ...shared,
    policies: unchecked,
    rules,
    registry: source.registry,
    checks: files,
    targets,
    runs,
    data,
    needs,
    merges: new PackageMerges({ worker: merger, log: shared.log }),
    environment,
    repositories: watched.repositories.lister,
    revisions: watched.revisions.lister,
    contents: watched.pages.lister,
    variants: watched.variants.lister,
  };
  const reconciler = new PackageRevisionReconciler(dependencies);
  const controller = controllers.register({
    name: "packagerevision",
    concurrency: WORKERS,
    // The Repository's key.
    flowOf: (key) => {
      const { namespace } = parseKey(key);
      return `${namespace}/${watched.revisions.lister.get(key)?.spec.packageRevID.repository ?? ""}`;
    },
    reconcile: async (key, call) => await reconciler.reconcile(key, call),
  });
  const { ownership, policies } = shared;
  watchPackageRevisions({
    ...watched,
    unchecked,
    rules,
    upgradeChanged: (object, refs) => upgradeChanged(source, object, refs),
    outdatedChanged: (object) => outdatedChanged(source, object),
    git: source.channel,
    fileChecks,
    processing,
    targets,
    data,
    needs,
    needsChanged: needsChannel,
    ownership,
    policies,
    controller,
    reconciler,
  });
  const timers: NodeJS.Timeout[] = [];
  controllers.addRunnable({
    name: "checking",
    start: async () => {
      const pollSchemas = async () => {
        if (runs.needSchemas()) runs.schemasChanged(await schemas.refresh());
      };
      timers.push(setInterval(pollSchemas, SCHEMAS_INTERVAL_MS).unref());
      timers.push(setInterval(async () => await data.poll(), options.objectsIntervalMs).unref());
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      const closed = [checker, processor, merger, apisReader, schemaReader, accounts];
      await Promise.all(closed.map(async (one) => await one.close()));
    },
  });
}
