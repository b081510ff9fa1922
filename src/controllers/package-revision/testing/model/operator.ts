import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { summarizeConditions } from "../../../../core/conditions/conditions.ts";
import { OPERATOR } from "../../../../core/identity/person.ts";
import { revisionRef } from "../../../../core/identity/refs.ts";
import { objectFor } from "../../../../core/repository/discovered-object.ts";
import type { Observation, RevisionView } from "../../../../core/revision/observation.ts";
import { planRevision } from "../../../../core/revision/plan.ts";
import { deleteDraftChange, deletePublishedChange } from "../../../../storage/git/package-store/package-changes.ts";
import type { GitChange } from "../../../../storage/git/push/change.ts";
import { isSettled } from "./api.ts";
import { openDraft, startDraft } from "./draft-steps.ts";
import type { ModelMirror } from "./mirror.ts";
import { observe } from "./observe.ts";
import { ModelProcess } from "./process.ts";
import { holdProposal, proposeDraft, withdrawProposal } from "./proposal-steps.ts";
import { publishProposal, settlePublished } from "./publication-steps.ts";
import { NOW, type Result, ready, type Steps, withBlocker } from "./results.ts";
import { pathOf } from "./view.ts";

const NAMESPACE = "default";
const FINALIZER = "pkg.pkgserver.dev/git";

/**
 * One process of the operator: the decisions are those of `core`, what carries them out is a small copy of `controllers`
 * in which every effect is a place to be killed at, or to be overtaken by others.
 */
export class ModelOperator {
  readonly #process: ModelProcess;

  constructor(...parameters: ConstructorParameters<typeof ModelProcess>) {
    this.#process = new ModelProcess(...parameters);
  }

  get mirror(): ModelMirror {
    return this.#process.mirror;
  }

  /** Its watches have listed anew: what it knows by its own writes may never have been. */
  forgetWrites(): void {
    this.#process.forgetWrites();
  }

  /** A sync of the Repository: fetch, make missing objects, write down how far main was followed. */
  *sync(): Steps<void> {
    yield* this.#process.fetch();
    this.mirror.acceptHistory(this.#process.api.stored.repository.annotations);
    yield;
    const { index, mainFollowed } = this.mirror;
    const shown = new Set(
      [...this.#process.api.stored.revisions.values()].flatMap((object) => {
        const { lifecycle, revision } = object.status ?? {};
        return isSettled(lifecycle) && revision !== undefined ? [revisionRef(pathOf(object), revision)] : [];
      }),
    );
    for (const name of [...index.names()].sort()) {
      const found = index.byName(name);
      if (found === undefined || this.#process.api.revision(name) !== undefined) continue;
      if (found.kind === "published" && shown.has(found.ref)) continue;
      const latest = found.kind === "published" && index.latest(found.path)?.revision === found.revision;
      const at = { name, namespace: NAMESPACE, repository: "blue", finalizer: FINALIZER };
      this.#process.api.createRevision(name, objectFor(found, at, { latest, bare: false }));
      yield;
    }
    if (mainFollowed !== undefined) this.#process.api.patchRepository({ commit: mainFollowed });
  }

  /** One look at a package revision, and the one thing that is to be done. */
  *reconcile(name: string): Steps<void> {
    const object = this.#process.api.revision(name);
    if (object === undefined) return;
    yield;
    const seen = yield* observe(this.#process, object);
    const plan = planRevision(seen);
    const { view } = seen;
    if (plan.kind === "wait" || view === undefined) return;
    if (plan.kind === "removeFinalizer" || plan.kind === "deleteDraft" || plan.kind === "deletePublished") {
      if (plan.kind !== "removeFinalizer") {
        const refs = yield* this.#process.push(object, (now) => this.#planDeletion({ ...seen, view: now }));
        if (refs === undefined) return;
      }
      yield;
      const live = this.#process.api.revision(name);
      if (live?.metadata.uid !== object.metadata.uid) return;
      this.#process.api.removeContents(name);
      yield;
      this.#process.api.removeRevision(name, object.metadata.uid);
      return;
    }
    const result = yield* this.#carryOut(seen, view, plan);
    yield;
    this.#writeStatus(result.object ?? object, result);
  }

  *#carryOut(seen: Observation, view: RevisionView, plan: ReturnType<typeof planRevision>): Steps<Result> {
    const { object } = seen;
    switch (plan.kind) {
      case "block":
        return withBlocker(plan.blocker, {}, ready("Blocked"), false);
      case "createDraft":
        return yield* startDraft(this.#process, seen, view, plan.origin);
      case "syncDraft":
        return yield* openDraft(this.#process, object, view, plan.draft, plan.blocker);
      case "propose":
        return yield* proposeDraft(this.#process, object, view, plan.draft);
      case "keepProposed":
        return yield* holdProposal(this.#process, object, view, plan.draft, plan.blocker);
      case "returnToDraft":
        return yield* withdrawProposal(this.#process, object, view, plan.draft, plan.voided);
      case "publish":
        return yield* publishProposal(this.#process, seen, plan.draft, plan.commit);
      case "syncPublished":
        return yield* settlePublished(this.#process, object, view, plan.published, plan.blocker);
      default:
        throw new Error(`${plan.kind} is carried out elsewhere`);
    }
  }

  #planDeletion(seen: Observation): GitChange | undefined {
    const plan = planRevision(seen);
    if (plan.kind === "deleteDraft") return deleteDraftChange(plan.view, plan.draft);
    if (plan.kind !== "deletePublished") return undefined;
    return deletePublishedChange(plan.view, plan.published, { tagOnly: this.#process.tagOnly, author: OPERATOR });
  }

  #writeStatus(object: PackageRevision, { status, readiness }: Result): void {
    const generation = object.metadata.generation ?? 0;
    const { name, uid } = object.metadata;
    const before = this.#process.api.revision(name)?.status?.conditions ?? [];
    const conditions = summarizeConditions(before, readiness, generation, NOW);
    this.#process.api.patchStatus(name, uid, { ...status, observedGeneration: generation, conditions });
  }
}
