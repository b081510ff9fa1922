import { asPartialMetadata, parseKey } from "../../api/meta.ts";
import type { Transport } from "../../core/identity/url.ts";
import { RepositoriesByAge } from "../../core/repository/repositories-by-age.ts";
import type { CrashJournal } from "../../runtime/crash-journal.ts";
import type { GitSettings } from "../../storage/git/exec/environment.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { contentsIndexes, sharedRevisionIndexes } from "../shared/indexes.ts";
import { packageContents, packageRevisions, repositories, secrets } from "../shared/kinds.ts";
import type { KeysChanged } from "../signing/setup.ts";
import type { RepositoryContext } from "./context.ts";
import type { RepositoryEvent } from "./events.ts";
import { ForeignRepositories } from "./foreign.ts";
import { repositoryIndexes } from "./indexes.ts";
import { MirrorPool } from "./mirror-pool.ts";
import { RepositoryReader } from "./reader.ts";
import { RepositoryReconciler } from "./reconciler.ts";
import { reportFollowed } from "./report-followed.ts";
import { reportPolicies } from "./report-policies.ts";
import { RepositoryRegistry } from "./repository-registry.ts";
import { SecretReader } from "./secret.ts";
import { identifySecret } from "./secret-identity.ts";
import { removeUnusedMirrors } from "./unused-mirrors.ts";
import { watchRepositories } from "./watches.ts";

/** A remote that does not answer must not block the others: a namespace gets at most half of the free workers. */
const WORKERS = 16;
const REPORTERS = 2;

export interface RepositoryOptions {
  /** The folder of the mirrors; it may be deleted at any time. */
  readonly mirrorsDir: string;
  readonly git: GitSettings;
  readonly allowedTransports: ReadonlySet<Transport>;
  readonly contentsBudget: number;
  readonly maxSecretValue: number;
  readonly journal: CrashJournal;
  readonly maxRevisions: number;
  readonly maxRepositories: number;
  /** Emits when the set of known keys has changed. */
  readonly keysChanged: EventChannel<KeysChanged>;
}

/** What the Repository controller offers to other controllers. */
export interface RepositorySource {
  readonly registry: RepositoryRegistry;
  readonly channel: EventChannel<RepositoryEvent>;
}

/** Registers the controller of Repositories. */
export function setupRepository(
  controllers: ControllerRegistry,
  shared: ControllerContext,
  options: RepositoryOptions,
): RepositorySource {
  const { informers } = controllers;
  const { ownership, log, now } = shared;
  const watched = {
    repositories: informers.forResource(repositories, repositoryIndexes),
    revisions: informers.forResource(packageRevisions, sharedRevisionIndexes),
    secrets: informers.forResource(asPartialMetadata(secrets), {}, { transform: identifySecret }),
  };
  const channel = new EventChannel<RepositoryEvent>(shared.onError);
  const byAge = new RepositoriesByAge();
  const context: RepositoryContext = {
    ...shared,
    ...options,
    channel,
    byAge,
    mirrors: new MirrorPool({ dir: options.mirrorsDir, settings: options.git, log, now, channel }),
    registry: new RepositoryRegistry(),
    repositories: watched.repositories.lister,
    revisions: watched.revisions.lister,
    contents: informers.forResource(asPartialMetadata(packageContents), contentsIndexes).lister,
  };
  const reader = new RepositoryReader(context, new SecretReader(context));
  const foreign = new ForeignRepositories(context, reader);
  const reconciler = new RepositoryReconciler(context, reader, foreign);
  const controller = controllers.register({
    name: "repository",
    concurrency: WORKERS,
    flowOf: (key) => parseKey(key).namespace ?? "",
    reconcile: async (key, call) => await reconciler.reconcile(key, call),
  });
  const policyReports = controllers.register({
    name: "repository-policies",
    concurrency: REPORTERS,
    flowOf: (key) => parseKey(key).namespace ?? "",
    reconcile: async (key) => await reportPolicies(context, key),
  });
  watchRepositories({ ...context, ...watched, byAge, channel, controller, policyReports, reader, foreign });
  options.keysChanged.subscribe(() => {
    for (const { store } of context.registry.all()) store.reclassify().catch(shared.onError);
  });
  ownership.addHolder(reconciler);
  controllers.addRunnable({
    name: "mirrors",
    // All Repositories have been listed, and none has acquired a mirror yet.
    start: async () => await removeUnusedMirrors(context),
    // All workers have stopped, and nothing is published any more.
    stop: async () => {
      await reportFollowed(context);
      await context.mirrors.closeAll();
    },
  });
  return { registry: context.registry, channel };
}
