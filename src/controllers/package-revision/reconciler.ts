import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import type { Readiness } from "../../core/conditions/conditions.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import type { Admit } from "../../core/ports/package-store.ts";
import { releaseKey } from "../../core/release/members.ts";
import type { Observation } from "../../core/revision/observation.ts";
import { type Plan, planRevision } from "../../core/revision/plan.ts";
import { MutationCache } from "../../kube/mutation-cache.ts";
import { DONE, type ReconcileContext, type ReleaseWorkerWhile, type Result } from "../../runtime/reconcile.ts";
import { isMirrorDamage, isPushRejected, isUnanswered } from "../../storage/git/errors.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import { addFinalizer } from "../shared/add-finalizer.ts";
import { classifyError } from "../shared/classify-error.ts";
import { packageRevisions } from "../shared/kinds.ts";
import { reportFailure } from "../shared/report-failure.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { observe } from "./observe.ts";
import { withOutdated } from "./outdated-base.ts";
import { OutOfTurnError, PackageMemory } from "./package-memory.ts";
import { ReleaseTurns } from "./releases/release-turns.ts";
import { repositoryKeyOf } from "./repository-of.ts";
import { Contents } from "./resources/contents.ts";
import type { RevisionScope } from "./scope.ts";
import { writeStatus } from "./status.ts";
import { reportBlocker } from "./steps/block.ts";
import { createDraft } from "./steps/create-draft.ts";
import { finalize, isFinalPlan, readLive } from "./steps/finalize.ts";
import { keepProposed } from "./steps/keep-proposed.ts";
import { proposeDraft } from "./steps/propose.ts";
import { publishProposal } from "./steps/publish.ts";
import { publishRelease } from "./steps/publish-release.ts";
import { rebaseDraft } from "./steps/rebase-draft.ts";
import { refuseRebase } from "./steps/rebase-request.ts";
import { removeVoidGrants } from "./steps/remove-void-grants.ts";
import { restoreRecord } from "./steps/restore-record.ts";
import { returnToDraft, revokeApproval } from "./steps/return-to-draft.ts";
import { type Step, type StepResult, stepFor } from "./steps/step.ts";
import { syncDraft } from "./steps/sync-draft.ts";
import { syncPublished } from "./steps/sync-published.ts";
import { withUpgrade } from "./upstream-upgrade.ts";

function isDraftToBeDeleted({ metadata, status }: PackageRevision): boolean {
  return metadata.deletionTimestamp !== undefined && status?.lifecycle === "draft";
}

interface Call extends Pick<ReconcileContext, "releaseWorkerWhile"> {
  /** Makes the next turn exclusive among those of the release; absent if this one is, or without a release. */
  readonly claimRelease?: () => void;
}

const AGAIN: Result = { requeueAfterMs: 0 };
/** Of a wait for a time that is known. */
const MIN_WAIT_MS = 100;
const MAX_WAIT_MS = 3_600_000;
/** While a release is being published. */
const LATER: Result = { requeueAfterMs: 50 };

/** The parts of a reconcile, in order, after everything was observed and planned. */
const STEPS: readonly Step[] = [
  stepFor("createDraft", (scope, { view, origin }) => createDraft(scope, view, origin)),
  stepFor("returnToDraft", (scope, { view, draft, cause }) => returnToDraft(scope, view, draft, cause)),
  stepFor("syncDraft", (scope, { view, draft, blocker }) => syncDraft(scope, view, draft, blocker)),
  stepFor("rebase", (scope, { view, draft }) => rebaseDraft(scope, view, draft)),
  stepFor("propose", (scope, { view, draft }) => proposeDraft(scope, view, draft)),
  stepFor("keepProposed", (scope, { view, draft, ...held }) => keepProposed(scope, view, draft, held)),
  stepFor("revokeApproval", (scope, { blocker }) => revokeApproval(scope, blocker)),
  stepFor("publish", (scope, { draft, commit, rule }) => publishProposal(scope, draft, commit, rule)),
  stepFor("publishRelease", (scope, { release }) => publishRelease(scope, release)),
  stepFor("syncPublished", (scope, { view, published, blocker }) => syncPublished(scope, view, published, blocker)),
];

/** Reconciles PackageRevisions: observes everything once, plans, runs the steps, writes one status patch. */
export class PackageRevisionReconciler {
  readonly #dependencies: RevisionDependencies;
  readonly #ownership: Pick<ShardOwnership, "forRevision">;
  readonly #contents: Contents;
  readonly #memory = new PackageMemory();
  readonly #releases = new ReleaseTurns();
  /** Key → uid of objects of which no operator has pushed anything: this process was the first to see them. */
  readonly #unbegun = new Map<string, string>();
  #written = new MutationCache<PackageRevision>();

  constructor(dependencies: RevisionDependencies & { readonly ownership: Pick<ShardOwnership, "forRevision"> }) {
    this.#dependencies = dependencies;
    this.#ownership = dependencies.ownership;
    this.#contents = new Contents(dependencies);
  }

  get contents(): Contents {
    return this.#contents;
  }

  /** Drops all knowledge from own writes: after a relist, the API server may have lost them and everything since. */
  forgetWrites(): void {
    // A new cache: a reconcile that runs on the old state must not store anything for later ones.
    this.#written = new MutationCache();
    this.#contents.forgetAll();
  }

  async reconcile(key: string, { releaseWorkerWhile }: ReconcileContext): Promise<Result> {
    const written = this.#written;
    const stored = written.newer(key, this.#dependencies.revisions.get(key));
    const result =
      stored &&
      (await this.#ownership.forRevision(stored, () => this.#inTurn(key, stored, written, releaseWorkerWhile)));
    if (result !== undefined) return result;
    // Deleted, or another replica's: this knowledge may be outdated by the time the object is ours again.
    this.#forget(key, written);
    return DONE;
  }

  /** Members of a release are reconciled side by side, until one of them publishes all. */
  async #inTurn(
    key: string,
    stored: PackageRevision,
    written: MutationCache<PackageRevision>,
    releaseWorkerWhile: ReleaseWorkerWhile,
  ): Promise<Result> {
    const release = releaseKey(stored);
    this.#releases.forget(key, release);
    if (release === undefined) return await this.#reconcile(key, stored, written, { releaseWorkerWhile });
    let hasClaimed = false;
    const claimRelease = () => {
      hasClaimed = this.#releases.claim(release, key);
    };
    const result = await this.#takeTurn(release, key, stored, written, { releaseWorkerWhile, claimRelease });
    if (!hasClaimed) return result;
    const latest = written.newer(key, this.#dependencies.revisions.get(key)) ?? stored;
    return await this.#takeTurn(release, key, latest, written, { releaseWorkerWhile, claimRelease });
  }

  async #takeTurn(
    release: string,
    key: string,
    stored: PackageRevision,
    written: MutationCache<PackageRevision>,
    { releaseWorkerWhile, claimRelease }: Call,
  ): Promise<Result> {
    const turn = this.#releases.enter(release, key);
    if (turn === "wait") return LATER;
    try {
      const call = { releaseWorkerWhile, ...(turn === "shared" && { claimRelease }) };
      return await this.#reconcile(key, stored, written, call);
    } finally {
      this.#releases.leave(release, key, turn);
    }
  }

  async #reconcile(
    key: string,
    stored: PackageRevision,
    written: MutationCache<PackageRevision>,
    { releaseWorkerWhile, claimRelease }: Call,
  ): Promise<Result> {
    // Another controller's finalizer keeps the object, which this operator has released: Git is left alone.
    const { deletionTimestamp, finalizers = [] } = stored.metadata;
    if (deletionTimestamp !== undefined && !finalizers.includes(FINALIZER)) return DONE;
    let object = stored;
    let plan: Plan | undefined;
    let unbegun: string | undefined;
    const memory = await this.#memory.begin(key);
    try {
      object = await this.#prepare(key, stored, written);
      const observation = await this.#observe(key, object, written, memory.admit);
      object = observation.object;
      plan = planRevision(observation);
      // What is edited from now on would be deleted with the draft: the API server refuses it.
      if (isDraftToBeDeleted(object) && plan.kind !== "removeFinalizer") await this.#contents.freeze(object);
      if (plan.kind === "wait") return DONE;
      if (plan.kind === "publishRelease" && claimRelease !== undefined) {
        claimRelease();
        return AGAIN;
      }
      const scope = this.#scope(observation, { releaseWorkerWhile, admit: memory.admit });
      if (isFinalPlan(plan)) {
        if (!(await finalize(this.#dependencies, this.#contents, plan, object, scope))) return AGAIN;
        this.#forget(key, written);
        return DONE;
      }
      if (plan.kind === "createDraft") {
        unbegun = this.#unbegun.get(key);
        this.#unbegun.delete(key);
      }
      const results = await this.#runSteps(plan, object, scope);
      if (results.length === 0) return DONE;
      const complete = withOutdated(this.#dependencies, object, await withUpgrade(this.#dependencies, object, results));
      written.keep(key, await writeStatus(this.#dependencies, object, complete));
      return results.some((one) => one.again) ? AGAIN : this.#requeueAt(results.flatMap((one) => one.requeueAt ?? []));
    } catch (error) {
      // Nothing was pushed: the remote has refused it, or was not asked.
      if (unbegun !== undefined && !isUnanswered(error)) this.#unbegun.set(key, unbegun);
      if (error instanceof OutOfTurnError) return AGAIN;
      const { readiness } = classifyError(error);
      if (readiness !== undefined) {
        const write = async () => written.keep(key, await this.#writeFailure(object, plan, readiness, error));
        await reportFailure(this.#dependencies.events, object, { readiness, action: "Reconcile", write });
      }
      if (isMirrorDamage(error)) await this.#dependencies.registry.get(repositoryKeyOf(object))?.store.repair();
      throw error;
    } finally {
      memory.end();
    }
  }

  /** At the earliest of these times; timers hold no longer than some weeks. */
  #requeueAt(times: readonly number[]): Result {
    if (times.length === 0) return DONE;
    const wait = Math.min(...times) - this.#dependencies.now().getTime();
    return { requeueAfterMs: Math.min(Math.max(wait, MIN_WAIT_MS), MAX_WAIT_MS), priority: "low" };
  }

  async #runSteps(plan: Plan, object: PackageRevision, scope: RevisionScope | undefined): Promise<StepResult[]> {
    if (plan.kind === "block") return [await reportBlocker(this.#dependencies, object, plan.blocker)];
    if (scope === undefined) return [];
    const results: StepResult[] = [];
    for (const step of STEPS) {
      const result = await step.run(scope, plan);
      if (result !== undefined) results.push(result);
    }
    return results;
  }

  /** A publication that the remote rejected waits for the remote, and may be taken back: nothing of it is in Git. */
  async #writeFailure(
    object: PackageRevision,
    plan: Plan | undefined,
    readiness: Readiness,
    error: unknown,
  ): Promise<PackageRevision> {
    if ((plan?.kind !== "publish" && plan?.kind !== "publishRelease") || !isPushRejected(error)) {
      return await writeStatus(this.#dependencies, object, [{ status: {}, readiness }]);
    }
    // The step has written to the object.
    const live = (await readLive(this.#dependencies, object)) ?? object;
    return await writeStatus(this.#dependencies, live, [{ status: { waitingFor: [readiness.reason] }, readiness }]);
  }

  #scope(
    observation: RevisionScope["observation"],
    call: Pick<RevisionScope, "releaseWorkerWhile" | "admit">,
  ): RevisionScope | undefined {
    const { object } = observation;
    const packages = this.#dependencies.registry.get(repositoryKeyOf(object));
    if (packages === undefined) return undefined;
    return {
      ...packages,
      dependencies: this.#dependencies,
      contents: this.#contents,
      observation,
      object,
      now: timestamp(this.#dependencies.now()),
      ...call,
    };
  }

  #forget(key: string, written: MutationCache<PackageRevision>): void {
    written.drop(key);
    this.#contents.forgetOwner(key);
    this.#dependencies.checks.forget(key);
    this.#dependencies.targets.forget(key);
    this.#dependencies.runs.forget(key);
    this.#dependencies.data.forget(key);
    this.#dependencies.needs.forget(key);
    this.#memory.forget(key);
    this.#releases.forget(key);
    this.#unbegun.delete(key);
  }

  /** What is decided on, with the object as the record in Git has it. */
  async #observe(
    key: string,
    object: PackageRevision,
    written: MutationCache<PackageRevision>,
    admit: Admit,
  ): Promise<Observation> {
    const observation = {
      ...(await observe(this.#dependencies, this.#contents, object, admit)),
      mayHaveBegun: this.#unbegun.get(key) !== object.metadata.uid,
    };
    const restored = await restoreRecord(this.#dependencies, observation);
    if (restored === undefined) return observation;
    written.keep(key, restored);
    return await observe(this.#dependencies, this.#contents, restored, admit);
  }

  /** The object with the finalizer, and without grants and requests that do not count. */
  async #prepare(
    key: string,
    stored: PackageRevision,
    written: MutationCache<PackageRevision>,
  ): Promise<PackageRevision> {
    const finalized = await this.#ensureFinalizer(key, stored, written);
    const granted = await removeVoidGrants(this.#dependencies, finalized);
    const object = await refuseRebase(this.#dependencies, granted);
    if (object !== finalized) written.keep(key, object);
    return object;
  }

  async #ensureFinalizer(
    key: string,
    object: PackageRevision,
    written: MutationCache<PackageRevision>,
  ): Promise<PackageRevision> {
    if (object.metadata.deletionTimestamp !== undefined) return object;
    const patched = await addFinalizer(this.#dependencies.client, packageRevisions, object, FINALIZER);
    if (patched === object) return object;
    written.keep(key, patched);
    if (patched.status?.lifecycle === undefined) this.#unbegun.set(key, patched.metadata.uid ?? "");
    return patched;
  }
}
