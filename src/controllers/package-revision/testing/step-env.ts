import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision, PackageRevisionSpec } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import { ANNOTATION_EDITED_BY, FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import { ENFORCED, type PolicyState } from "../../../core/admission/policy-state.ts";
import { objectName, pageOwner } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { PackageStore } from "../../../core/ports/package-store.ts";
import { releaseKey } from "../../../core/release/members.ts";
import type { IsLive } from "../../../core/repository/package-index.ts";
import { type Plan, planRevision } from "../../../core/revision/plan.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import type { ReconcileContext } from "../../../runtime/reconcile.ts";
import type { GitPackageStore } from "../../../storage/git/package-store/package-store.ts";
import { ContentsRetention } from "../../repository/contents-retention.ts";
import { liveDrafts } from "../../repository/remove-deleted-drafts.ts";
import { sharedRevisionIndexes } from "../../shared/indexes.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { packageKey } from "../indexes.ts";
import { observe } from "../observe.ts";
import { PackageRevisionReconciler } from "../reconciler.ts";
import type { RevisionScope } from "../scope.ts";
import type { Grant } from "../unchecked-requests.ts";
import { EndedError, endingClient } from "./ending-client.ts";
import { LostRuns } from "./lost-runs.ts";
import { ModelApi, REPOSITORY } from "./model/api.ts";
import { ModelClient } from "./model/client.ts";
import { MAIN, ModelMirror } from "./model/mirror.ts";
import { ModelRemote } from "./model/remote.ts";
import { openModelStore } from "./model/store.ts";
import { ModelUser } from "./model/user.ts";
import {
  CHECKED_RULES,
  ENVIRONMENT,
  INLINE_MERGES,
  NO_CHECKS,
  NO_DATA,
  NO_NEEDS,
  NO_RUNS,
  NO_TARGETS,
  NO_VARIANTS,
} from "./no-checks.ts";

export const NOW = "2025-01-02T03:04:05Z";
const NAMESPACE = "default";
const KEY = `${NAMESPACE}/${REPOSITORY}`;
const admit = async () => {};
const releaseWorkerWhile = async <T>(wait: () => Promise<T>): Promise<T> => await wait();

/** A remote that runs a callback once, after a push was prepared and before it arrives. */
class InterruptedRemote extends ModelRemote {
  beforePush: (() => void) | undefined;

  override push(...parameters: Parameters<ModelRemote["push"]>): ReturnType<ModelRemote["push"]> {
    const interrupt = this.beforePush;
    this.beforePush = undefined;
    interrupt?.();
    return super.push(...parameters);
  }
}

/** How packages are rendered and validated. */
type Processing = Pick<RevisionDependencies, "runs" | "environment">;

/** Files of a commit by path; null removes a file. */
type FileChanges = Readonly<Record<string, string | null>>;

/**
 * Runs single steps of the reconcile on the lifecycle model's API server and remote, under the production package
 * store. Tests change either side between the observation, the preparation of a push, and the push.
 */
export class StepEnv {
  readonly api: ModelApi;
  readonly remote: InterruptedRemote;
  readonly store: GitPackageStore;
  readonly user: ModelUser;
  readonly retention = new ContentsRetention();
  readonly dependencies: RevisionDependencies;
  policies: PolicyState = ENFORCED;
  voidGrants: readonly Grant[] = [];
  /** Reasons of the recorded Events. */
  readonly events: string[] = [];
  readonly #reconciler: PackageRevisionReconciler;
  /** Of a world in which rendering takes time, and is lost with the process. */
  #runs: LostRuns | undefined;

  private constructor(api: ModelApi, remote: InterruptedRemote, store: GitPackageStore, processing: Processing) {
    this.api = api;
    this.remote = remote;
    this.store = store;
    this.user = new ModelUser(api);
    this.dependencies = { ...this.#createDependencies(), ...processing };
    const ownership = { forRevision: async <T>(_: PackageRevision, work: () => Promise<T>) => await work() };
    this.#reconciler = new PackageRevisionReconciler({ ...this.dependencies, ownership });
  }

  /** A repository whose main branch has a README, and no packages. */
  static async open(
    repository: Partial<Repository["spec"]> = {},
    processing: Processing = { runs: NO_RUNS, environment: ENVIRONMENT },
  ): Promise<StepEnv> {
    const api = new ModelApi({ onPage: () => {}, onPageStatus: () => {}, onStatus: () => {} }, repository);
    const remote = new InterruptedRemote(() => {});
    const commit = remote.commit([], new Map([["README.md", "all"]]), "begin", "eve");
    remote.setRef(MAIN, { oid: commit, commit });
    const mirror = new ModelMirror(remote);
    mirror.fetch();
    const store = await openModelStore(mirror);
    return new StepEnv(api, remote, store, processing);
  }

  /** The same, with packages that are rendered and validated between reconciles. */
  static async openWithRuns(repository: Partial<Repository["spec"]> = {}): Promise<StepEnv> {
    const runs = new LostRuns();
    const env = await StepEnv.open(repository, runs);
    env.#runs = runs;
    return env;
  }

  /** Whether the API server has the object that began a draft. */
  get isLive(): IsLive {
    return liveDrafts(this.dependencies.revisions, KEY);
  }

  get contents(): RevisionScope["contents"] {
    return this.#reconciler.contents;
  }

  /** Creates the object of a package revision in workspace `one`, or another; returns its name. */
  create(path: string, spec: Partial<PackageRevisionSpec> = {}, workspace = "one"): string {
    const parts = path.split("/");
    const id = { package: parts.at(-1) ?? "", ...(parts.length > 1 && { realm: parts.slice(0, -1).join("/") }) };
    const name = objectName(REPOSITORY, id, workspace);
    const { apiVersion, kind } = aRevision({});
    const metadata = { name, namespace: NAMESPACE, finalizers: [FINALIZER] };
    const packageRevID = { ...id, repository: REPOSITORY, workspace };
    this.api.create("packagerevisions", { apiVersion, kind, metadata, spec: { packageRevID, ...spec } });
    return name;
  }

  /** A draft with these files that has converged; returns its name. */
  async draft(path: string, files: Readonly<Record<string, string>>, workspace = "one"): Promise<string> {
    const name = this.create(path, {}, workspace);
    await this.settle(name);
    if (Object.keys(files).length > 0) this.edit(name, files);
    await this.settle(name);
    return name;
  }

  /** A proposal with these files that has converged; returns its name. */
  async proposal(path: string, files: Readonly<Record<string, string>>, workspace = "one"): Promise<string> {
    const name = await this.draft(path, files, workspace);
    this.user.setLifecycle(name, "proposed");
    await this.settle(name);
    return name;
  }

  /** A published revision with these files that has converged; returns its name. */
  async published(path: string, files: Readonly<Record<string, string>>, workspace = "one"): Promise<string> {
    const name = await this.draft(path, files, workspace);
    await this.publish(name);
    return name;
  }

  /** Proposes and approves a draft. */
  async publish(name: string): Promise<void> {
    this.user.setLifecycle(name, "proposed");
    await this.settle(name);
    this.user.approve(name);
    await this.settle(name);
  }

  /** A user's edit of the contents object, which names this user alone. Throws if the contents are frozen. */
  edit(name: string, changes: FileChanges, by = "ann"): void {
    const metadata = { annotations: { [ANNOTATION_EDITED_BY]: by } };
    this.api.patch("packagerevisionresourceses", name, { metadata, spec: { resources: changes } });
  }

  revision(name: string): PackageRevision {
    const object = this.api.revision(name);
    if (object === undefined) throw new Error(`no package revision ${name}`);
    return object;
  }

  page(name: string): PackageRevisionResources {
    const page = this.api.get("packagerevisionresourceses", name);
    if (page === undefined) throw new Error(`no contents object ${name}`);
    return page;
  }

  /** An external commit on a branch; a new branch begins at main. Returns the commit. */
  push(ref: string, changes: FileChanges, message = "external", author = "eve"): Oid {
    const parent = this.commitOf(ref) ?? this.commitOf(MAIN);
    const files = new Map(this.remote.filesAt(parent));
    for (const [path, text] of Object.entries(changes)) {
      if (text === null) files.delete(path);
      else files.set(path, text);
    }
    const commit = this.remote.commit(parent === undefined ? [] : [parent], files, message, author);
    this.remote.setRef(ref, { oid: commit, commit });
    return commit;
  }

  commitOf(ref: string): Oid | undefined {
    return this.remote.refs.get(ref)?.commit;
  }

  /** The message of a branch's head, or of an annotated tag. */
  messageOf(ref: string): string {
    const { message, commit = "" } = this.remote.refs.get(ref) ?? {};
    return message ?? this.remote.commits.get(commit)?.message ?? "";
  }

  /** All files at a ref, by their paths from the repository's root, without the README. */
  filesAt(ref: string): Readonly<Record<string, string>> {
    const { "README.md": _, ...files } = Object.fromEntries(this.remote.filesAt(this.commitOf(ref)));
    return files;
  }

  /** The writes so far. */
  writes(): { readonly api: number; readonly pushes: number } {
    return { api: this.api.writes, pushes: this.remote.pushes };
  }

  /** The store with other answers of single methods. */
  storeWith(answers: Partial<PackageStore>): PackageStore {
    const replaced = new Map<string | symbol, unknown>(Object.entries(answers));
    return new Proxy<PackageStore>(this.store, {
      get: (store, key) => {
        const value: unknown = replaced.get(key) ?? Reflect.get(store, key);
        return typeof value === "function" ? value.bind(store) : value;
      },
    });
  }

  /** What a reconcile decides on now, and its scope. */
  async scope(name: string, changes: Partial<RevisionDependencies> = {}): Promise<RevisionScope> {
    const dependencies = { ...this.dependencies, ...changes };
    const object = this.revision(name);
    const { store, retention, contents } = this;
    const observation = await observe(dependencies, contents, object);
    return { store, retention, dependencies, contents, observation, object, now: NOW, releaseWorkerWhile, admit };
  }

  /** A scope and its plan, which must be of this kind. */
  async plan<K extends Plan["kind"]>(
    name: string,
    kind: K,
    changes: Partial<RevisionDependencies> = {},
  ): Promise<{ readonly scope: RevisionScope; readonly plan: Extract<Plan, { readonly kind: K }> }> {
    const scope = await this.scope(name, changes);
    const plan = planRevision(scope.observation);
    if (plan.kind !== kind) throw new Error(`${kind} expected: ${JSON.stringify(plan)}`);
    return { scope, plan: plan as Extract<Plan, { readonly kind: K }> };
  }

  async reconcile(name: string): Promise<void> {
    await this.#reconciler.reconcile(`${NAMESPACE}/${name}`, { releaseWorkerWhile } as ReconcileContext);
  }

  /** A reconcile with other dependencies, or of the object as an outdated cache has it. */
  async reconcileWith(name: string, changes: Partial<RevisionDependencies>, cached?: PackageRevision): Promise<void> {
    const { revisions } = this.dependencies;
    const outdated = cached !== undefined && { revisions: { ...revisions, get: () => cached } };
    const ownership = { forRevision: async <T>(_: PackageRevision, work: () => Promise<T>) => await work() };
    const reconciler = new PackageRevisionReconciler({ ...this.dependencies, ...changes, ...outdated, ownership });
    await reconciler.reconcile(`${NAMESPACE}/${name}`, { releaseWorkerWhile } as ReconcileContext);
  }

  /**
   * A reconcile, and those after renders, of an operator that ends after this many writes to the API server; its pushes
   * arrive.
   */
  async reconcileUntilEnded(name: string, writes: number): Promise<void> {
    const client = endingClient(this.dependencies.client, writes);
    try {
      do await this.reconcileWith(name, { client });
      while (await this.#runs?.settled());
    } catch (error) {
      if (!(error instanceof EndedError)) throw error;
    }
    this.#runs?.restart();
    await this.store.fetch();
  }

  /** Reconciles one object until nothing is written, and nothing is to be rendered any more. */
  async settle(name: string): Promise<void> {
    await this.#settleReconciles(name);
    while (await this.#runs?.settled()) await this.#settleReconciles(name);
  }

  async #settleReconciles(name: string): Promise<void> {
    for (let round = 0; round < 10; round++) {
      const before = this.writes();
      await this.reconcile(name);
      const now = this.writes();
      if (now.api === before.api && now.pushes === before.pushes) return;
    }
    throw new Error(`${name} does not converge`);
  }

  #createDependencies(): Omit<RevisionDependencies, keyof Processing> {
    const packages = { store: this.store, retention: this.retention };
    const nameOf = (key: string) => key.slice(NAMESPACE.length + 1);
    return {
      client: new ModelClient(this.api),
      events: { record: (_, { reason }) => void this.events.push(reason) },
      repositories: { get: (key) => (key === KEY ? this.api.repository : undefined) },
      revisions: {
        get: (key) => this.api.revision(nameOf(key)),
        byIndex: (index, value) =>
          this.api.revisions().filter((one) => {
            if (index === "identity") return sharedRevisionIndexes.identity(one).includes(value);
            if (index === "release") return releaseKey(one) === value;
            return one.status?.revision !== undefined && packageKey(one) === value;
          }),
      },
      contents: {
        byIndex: (_, key) =>
          [...this.api.stored.packagerevisionresourceses.values()].filter(
            ({ metadata }) => keyOf({ metadata: { ...metadata, name: pageOwner(metadata.name) } }) === key,
          ),
      },
      registry: { get: (key) => (key === KEY ? packages : undefined) },
      checks: NO_CHECKS,
      policies: { stateFor: () => this.policies, voidGrants: () => this.voidGrants },
      targets: NO_TARGETS,
      data: NO_DATA,
      needs: NO_NEEDS,
      variants: NO_VARIANTS,
      rules: CHECKED_RULES,
      merges: INLINE_MERGES,
      now: () => new Date(NOW),
    };
  }
}
