import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import {
  type FilesState,
  OUR_CONDITIONS,
  type Readiness,
  summarizeConditions,
} from "../../core/conditions/conditions.ts";
import { type Plan, planRevision } from "../../core/revision/plan.ts";
import type { FileReport } from "../../core/validation/file-report.ts";
import { MutationCache } from "../../kube/mutation-cache.ts";
import { patchStatus } from "../../kube/patch-status.ts";

import { DONE, type ReconcileContext, type Result } from "../../runtime/reconcile.ts";
import { isMirrorDamage, isPushRejected } from "../../storage/git/errors.ts";

import type { RepositoryCache } from "../repository/repository-cache.ts";
import { classifyError } from "../shared/classify-error.ts";
import { timestamp } from "../shared/context.ts";
import { packageRevisions } from "../shared/kinds.ts";
import type { PackageRevisionContext } from "./context.ts";
import { observe } from "./observe.ts";
import type { Contents } from "./resources/contents.ts";
import type { RevisionScope, StepResult } from "./scope.ts";
import { createDraft } from "./steps/create-draft.ts";
import { deleteInGit, readLive, removeFinalizer } from "./steps/delete.ts";
import { keepProposed, returnToDraft } from "./steps/keep-proposed.ts";
import { proposeDraft } from "./steps/propose.ts";
import { labelLatest, publishProposal, syncPublished } from "./steps/publish.ts";
import { syncDraft } from "./steps/sync-draft.ts";

const AGAIN = { requeueAfterMs: 0 } as const;

/** Reconciles PackageRevisions: observe everything once, decide, do that one thing, say it in one status patch. */
export class PackageRevisionReconciler {
  readonly #operator: PackageRevisionContext;
  readonly #contents: Contents;
  #fresh = new MutationCache<PackageRevision>();

  constructor(operator: PackageRevisionContext, contents: Contents) {
    this.#operator = operator;
    this.#contents = contents;
  }

  /** Forgets what this process knows of objects by its own writes: the API server may have lost them, with all that came after. */
  forgetWrites(): void {
    // A new one, so that a reconcile that is under way, on what was before, keeps nothing for those after it.
    this.#fresh = new MutationCache();
    this.#contents.forgetAll();
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const fresh = this.#fresh;
    const stored = fresh.newer(key, this.#operator.revisions.get(key));
    const work = async (object: PackageRevision) => await this.#reconcile(key, object, fresh, context);
    const outcome = stored && (await this.#operator.ownership.forRevision(stored, () => work(stored)));
    if (outcome !== undefined) return outcome;
    // It is gone, or another replica's: what was known of it may not be so when it comes back.
    fresh.drop(key);
    this.#operator.checks.forget(key);
    return DONE;
  }

  async #reconcile(
    key: string,
    stored: PackageRevision,
    fresh: MutationCache<PackageRevision>,
    { releaseWorkerWhile }: ReconcileContext,
  ): Promise<Result> {
    // Somebody else's finalizer holds what we have let go: it is no longer ours to touch Git for.
    const { deletionTimestamp, finalizers = [] } = stored.metadata;
    if (deletionTimestamp !== undefined && !finalizers.includes(FINALIZER)) return DONE;
    const object = await this.#ensureFinalizer(key, stored, fresh);
    const state = this.#operator.registry.get(`${object.metadata.namespace}/${object.spec.packageRevID.repository}`);
    let plan: Plan | undefined;
    try {
      const seen = await observe(this.#operator, this.#contents, object);
      plan = planRevision(seen);
      if (plan.kind === "wait") return DONE;
      if (plan.kind === "removeFinalizer" || plan.kind === "deleteDraft" || plan.kind === "deletePublished") {
        const live = await readLive(this.#operator, object);
        if (live !== undefined) {
          const inGit = plan.kind !== "removeFinalizer" && state !== undefined;
          if (inGit && !(await deleteInGit(this.#scope(seen, state, releaseWorkerWhile)))) return AGAIN;
          await removeFinalizer(this.#operator, this.#contents, live);
        }
        fresh.drop(key);
        this.#operator.checks.forget(key);
        return DONE;
      }
      const result =
        plan.kind === "block"
          ? await this.#block(plan, object)
          : state && (await this.#carryOut(plan, this.#scope(seen, state, releaseWorkerWhile)));
      if (result === undefined) return DONE;
      const written = await this.#writeStatus(result.object ?? object, result.status, result.readiness, result.report);
      fresh.keep(key, written);
      return result.again === true ? AGAIN : DONE;
    } catch (error) {
      const readiness = classifyError(error)?.readiness;
      if (readiness !== undefined) fresh.keep(key, await this.#writeFailure(object, plan, readiness, error));
      if (state !== undefined && isMirrorDamage(error)) await mendMirror(state);
      throw error;
    }
  }

  /** What a remote has refused to publish waits for it, and may be taken back: nothing of it is in Git. */
  async #writeFailure(
    object: PackageRevision,
    plan: Plan | undefined,
    readiness: Readiness,
    error: unknown,
  ): Promise<PackageRevision> {
    if (plan?.kind !== "publish" || !isPushRejected(error)) return await this.#writeStatus(object, {}, readiness);
    // Publishing has written to it.
    const live = (await readLive(this.#operator, object)) ?? object;
    return await this.#writeStatus(live, { waitingFor: [readiness.reason] }, readiness);
  }

  async #block(plan: Plan & { readonly kind: "block" }, object: PackageRevision): Promise<StepResult> {
    const { reason, message, kind } = plan.blocker;
    const readiness = { state: kind === "waiting" ? "reconciling" : "stalled", reason, message } as const;
    if (reason !== "TagMissing") return { status: {}, readiness };
    return { object: await labelLatest(this.#operator, object, false), status: {}, readiness };
  }

  #scope(
    observation: RevisionScope["observation"],
    state: RevisionScope["state"],
    releaseWorkerWhile: RevisionScope["releaseWorkerWhile"],
  ): RevisionScope {
    const now = timestamp(this.#operator.now());
    return {
      context: this.#operator,
      contents: this.#contents,
      state,
      observation,
      object: observation.object,
      now,
      releaseWorkerWhile,
    };
  }

  async #carryOut(
    plan: Exclude<Plan, { kind: "wait" | "block" | "removeFinalizer" | "deleteDraft" | "deletePublished" }>,
    session: RevisionScope,
  ): Promise<StepResult> {
    switch (plan.kind) {
      case "createDraft":
        return await createDraft(session, plan.view, plan.beginning);
      case "syncDraft":
        return await syncDraft(session, plan.view, plan.draft, plan.blocker);
      case "propose":
        return await proposeDraft(session, plan.view, plan.draft);
      case "keepProposed":
        return await keepProposed(session, plan.view, plan.draft, plan.blocker);
      case "returnToDraft":
        return await returnToDraft(session, plan.view, plan.draft, plan.voided);
      case "publish":
        return await publishProposal(session, plan.draft, plan.commit);
      case "syncPublished":
        // `FilesValid` keeps the result of the draft: published files never change.
        this.#operator.checks.forget(keyOf(session.object));
        return await syncPublished(session, plan.view, plan.published, plan.blocker);
      default:
        return plan satisfies never;
    }
  }

  async #writeStatus(
    object: PackageRevision,
    changes: StepResult["status"],
    readiness: Readiness,
    report?: FileReport,
  ): Promise<PackageRevision> {
    const generation = object.metadata.generation ?? 0;
    const conditions = summarizeConditions(
      object.status?.conditions ?? [],
      readiness,
      generation,
      timestamp(this.#operator.now()),
      filesStateOf(object, changes, report),
    );
    const status = { ...changes, observedGeneration: generation, conditions };
    const written = await patchStatus(this.#operator.client, packageRevisions, object, status, OUR_CONDITIONS);
    if (!isNews(object, readiness)) return written;
    const type = readiness.state === "stalled" ? "Warning" : "Normal";
    const { reason, message } = readiness;
    this.#operator.events.record(object, { type, reason, action: "Reconcile", note: message });
    return written;
  }

  async #ensureFinalizer(
    key: string,
    object: PackageRevision,
    fresh: MutationCache<PackageRevision>,
  ): Promise<PackageRevision> {
    const { finalizers = [], name, namespace, resourceVersion, deletionTimestamp } = object.metadata;
    if (finalizers.includes(FINALIZER) || deletionTimestamp !== undefined) return object;
    const body = { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } };
    const patched = await this.#operator.client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
    fresh.keep(key, patched);
    return patched;
  }
}

/** Without a report, the checks of new contents are under way. Published files are not checked. */
function filesStateOf(
  { status }: PackageRevision,
  changes: StepResult["status"],
  report: FileReport | undefined,
): FilesState | undefined {
  const lifecycle = "lifecycle" in changes ? changes.lifecycle : status?.lifecycle;
  if (lifecycle !== "draft" && lifecycle !== "proposed") return undefined;
  const { contentDigest = status?.contentDigest } = changes;
  return report ?? (contentDigest === status?.contentDigest ? "unchanged" : "reading");
}

/** Something new, that is; a revision that was found published in Git is not: a catalog has thousands. */
function isNews(object: PackageRevision, readiness: Readiness): boolean {
  const before = object.status?.conditions?.find((one) => one.type === "Ready");
  const discovered = object.status?.lifecycle === undefined && readiness.reason === "Published";
  return before?.reason !== readiness.reason && !discovered;
}

async function mendMirror(state: RepositoryCache): Promise<void> {
  state.clone.mirror.reportDamage();
  await state.clone.writer.fetch();
}
