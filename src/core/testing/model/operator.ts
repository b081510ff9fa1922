import { LABEL_LATEST } from "../../../api/names.ts";
import type { DraftBase, PackageRevision, PackageRevisionStatus } from "../../../api/package-revision.ts";
import type { AppliedRefs, Change, Oid } from "../../change/change.ts";
import { foldConditions, type Readiness } from "../../conditions/conditions.ts";
import type { DraftBranch, PublishedRef } from "../../discovery/classify.ts";
import { objectFor } from "../../discovery/objects.ts";
import { canonicalJson } from "../../identity/canonical-json.ts";
import { OPERATOR, personOf } from "../../identity/person.ts";
import { draftRef, revisionRef } from "../../identity/refs.ts";
import { unusedRevision } from "../../identity/revision.ts";
import {
  deleteDraftChange,
  deletePublishedChange,
  draftChange,
  publishChange,
  startChange,
} from "../../lifecycle/changes.ts";
import { initPackage } from "../../lifecycle/init-package.ts";
import type { GitView, Observed, UpstreamView, Veto } from "../../lifecycle/observed.ts";
import { type Beginning, planRevision } from "../../lifecycle/plan.ts";
import { metadataOf, nextMetadata, type Stamp } from "../../lifecycle/stamp.ts";
import { applyWanted, planEdits } from "../../resources/edits.ts";
import { mergeFiles, placeProblems } from "../../resources/merge.ts";
import { contentDigest, type PackageFile, type ShownPackage, showFiles } from "../../resources/package-file.ts";
import { aRepository, condition } from "../observed.ts";
import { type ContentsNote, isSettled, type ModelApi, ModelConflict, type ModelContents } from "./api.ts";
import { MAIN, ModelMirror } from "./mirror.ts";
import type { ModelRef, ModelRemote } from "./remote.ts";
import { asFiles, bytesOf, type Files, textOf } from "./trees.ts";
import { changesOf, ownFiles, pathOf, viewOf } from "./view.ts";

/** A reconcile under way: it halts before and after each of its effects, where it may be ended. */
type Steps<T> = Generator<undefined, T>;

interface Result {
  readonly status: Partial<Record<keyof PackageRevisionStatus, unknown>>;
  readonly readiness: Readiness;
  readonly object?: PackageRevision;
}

interface Merged {
  readonly inGit: ShownPackage;
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  readonly rewrite: boolean;
}

const NOW = "2025-01-02T03:04:05Z";
const NAMESPACE = "default";
const FINALIZER = "pkg.pkgserver.dev/git";
/** As many times a push is planned again while others push. */
const TRIES = 10;

/**
 * One process of the operator: the decisions are those of `core`, what carries them out is a small copy of `controllers`
 * in which every effect is a place to be killed at, or to be overtaken by others.
 */
export class ModelOperator {
  readonly mirror: ModelMirror;
  readonly #api: ModelApi;
  readonly #remote: ModelRemote;
  readonly #tagOnly: boolean;
  /** The writer of the repository is busy. */
  #writing = false;
  /** What this process knows of contents objects by its own writes. */
  readonly #known = new Map<
    string,
    { readonly acknowledged: number; readonly frozen: boolean; readonly refused: boolean }
  >();

  constructor(
    api: ModelApi,
    remote: ModelRemote,
    options: { readonly tagOnly: boolean; readonly before?: ModelOperator | undefined },
  ) {
    this.#api = api;
    this.#remote = remote;
    this.#tagOnly = options.tagOnly;
    this.mirror = new ModelMirror(remote, options.before, api.stored.repository.commit);
  }

  /** A sync of the Repository: fetch, make missing objects, write down how far main was followed. */
  *sync(): Steps<void> {
    this.mirror.fetch();
    this.mirror.acceptHistory(this.#api.stored.repository.annotations);
    yield;
    const { index, mainFollowed } = this.mirror;
    const shown = new Set(
      [...this.#api.stored.revisions.values()].flatMap((object) => {
        const { lifecycle, revision } = object.status ?? {};
        return isSettled(lifecycle) && revision !== undefined ? [revisionRef(pathOf(object), revision)] : [];
      }),
    );
    for (const name of [...index.names()].sort()) {
      const found = index.byName(name);
      if (found === undefined || this.#api.revision(name) !== undefined) continue;
      if (found.kind === "published" && shown.has(found.ref)) continue;
      const latest = found.kind === "published" && index.latest(found.path)?.revision === found.revision;
      const at = { name, namespace: NAMESPACE, repository: "blue", finalizer: FINALIZER };
      this.#api.createRevision(name, objectFor(found, at, { latest, bare: false }));
      yield;
    }
    if (mainFollowed !== undefined) this.#api.patchRepository({ commit: mainFollowed });
  }

  /** One look at a package revision, and the one thing that is to be done. */
  *reconcile(name: string): Steps<void> {
    const object = this.#api.revision(name);
    if (object === undefined) return;
    yield;
    const seen = this.#observe(object);
    const plan = planRevision(seen);
    const { git } = seen;
    if (plan.do === "wait" || git === undefined) return;
    if (plan.do === "release" || plan.do === "deleteDraft" || plan.do === "deletePublished") {
      if (plan.do !== "release") yield* this.#push(object, (now) => this.#planDeletion({ ...seen, git: now }));
      yield;
      const live = this.#api.revision(name);
      if (live?.metadata.uid !== object.metadata.uid) return;
      this.#api.removeContents(name);
      yield;
      this.#api.removeRevision(name, object.metadata.uid);
      return;
    }
    const result = yield* this.#carryOut(seen, git, plan);
    yield;
    this.#writeStatus(result.object ?? object, result);
  }

  *#carryOut(seen: Observed, git: GitView, plan: ReturnType<typeof planRevision>): Steps<Result> {
    const { object } = seen;
    switch (plan.do) {
      case "block":
        return vetoed(plan.veto, {}, ready("Blocked"), false);
      case "start":
        return yield* this.#start(seen, git, plan.beginning);
      case "open":
        return yield* this.#open(object, git, plan.draft, plan.veto);
      case "propose":
        return yield* this.#propose(object, git, plan.draft);
      case "hold":
        return yield* this.#hold(object, git, plan.draft, plan.veto);
      case "withdraw":
        return yield* this.#withdraw(object, git, plan.draft, plan.voided);
      case "publish":
        return yield* this.#publish(seen, plan.draft, plan.commit);
      case "settle":
        return yield* this.#settle(object, git, plan.published, plan.veto);
      default:
        throw new Error(`${plan.do} is carried out elsewhere`);
    }
  }

  *#start(seen: Observed, git: GitView, beginning: Beginning): Steps<Result> {
    const { object } = seen;
    const { workspace } = object.spec.packageRevID;
    const origin = this.#originOf(object, git, beginning);
    let base: DraftBase = {};
    const refs = yield* this.#push(object, (now) => {
      const stillStarts = planRevision({ ...seen, git: now }).do === "start";
      if (!stillStarts || now.latest?.ref !== git.latest?.ref) return undefined;
      base = {
        ...(now.latest !== undefined && { revision: now.latest.revision }),
        ...(now.mainCommit !== undefined && { commit: now.mainCommit }),
        ...(origin.mainCommit !== undefined && { mainCommit: origin.mainCommit }),
      };
      const stamp = {
        path: now.path,
        workspace,
        lifecycle: "draft",
        metadata: { ...metadataOf(object), base },
      } as const;
      return startChange(now, workspace, origin.files, { subject: "Start", stamp, author: OPERATOR });
    });
    if (refs === undefined) return lookAgain();
    const commit = oidOf(refs, draftRef(git.path, workspace));
    const read = this.#read(commit, git);
    yield* this.#createContents(object, read, { frozen: false, commit });
    return { status: { lifecycle: "draft", base, ...describe(commit, read) }, readiness: ready("Draft") };
  }

  #originOf(
    object: PackageRevision,
    git: GitView,
    beginning: Beginning,
  ): { readonly files: readonly PackageFile[] | Oid; readonly mainCommit?: Oid } {
    const like = git.mainCommit ?? "";
    switch (beginning.from) {
      case "empty":
        return { files: [] };
      case "init":
        return {
          files: asFiles(
            new Map([...initPackage(object.spec.packageRevID)].map(([path, bytes]) => [path, textOf(bytes)])),
            like,
          ),
        };
      case "latest":
        return { files: beginning.published.tree };
      case "upstream": {
        const { tree, revision, commit } = beginning.source;
        const path = upstreamPath(object);
        if (path === git.path) return { files: tree, ...(revision === "main" && { mainCommit: commit }) };
        const nested = this.mirror.index.nested(path).map((one) => ({ path: one }));
        return { files: asFiles(ownFiles(this.mirror, commit, { path, nested }), like) };
      }
      default:
        return beginning satisfies never;
    }
  }

  *#open(object: PackageRevision, git: GitView, draft: DraftBranch, veto: Veto | undefined): Steps<Result> {
    const known = object.status?.lifecycle === "draft" && object.status.commit === draft.commit;
    if (known && this.#isSettled(object) && sameMetadata(object, draft)) return vetoed(veto, {}, ready("Draft"));
    const page = this.#readContents(object);
    if (page === undefined) return yield* this.#show(object, git, draft, veto);
    const merged = this.#merge(object, git, draft, page);
    if ("problem" in merged) return yield* this.#refuse(object, page, merged.problem);
    const done = yield* this.#commit(object, git, draft, merged, "draft");
    if (done === undefined) return lookAgain();
    const note = { frozen: false, commit: done.commit, error: undefined };
    yield;
    if (merged.rewrite) {
      const open = this.#unfreeze(page);
      yield* this.#rewrite(open, done.read, note);
    } else this.#note(page, note);
    const base = object.status?.base ?? draft.stamp?.metadata.base;
    const status = { lifecycle: "draft", base, ...describe(done.commit, done.read), proposal: undefined };
    return vetoed(veto, status, ready("Draft"));
  }

  *#show(object: PackageRevision, git: GitView, draft: DraftBranch, veto?: Veto): Steps<Result> {
    const read = this.#read(draft.commit, git);
    yield* this.#createContents(object, read, { frozen: false, commit: draft.commit });
    const base = object.status?.base ?? draft.stamp?.metadata.base ?? this.#findBase(git, draft);
    const status = { lifecycle: "draft", base, ...describe(draft.commit, read), proposal: undefined };
    return vetoed(veto, status, ready("Draft"));
  }

  #findBase(git: GitView, draft: DraftBranch): DraftBase {
    if (git.mainCommit === undefined) return {};
    const onMain = this.#remote.history([git.mainCommit]);
    const [commit] = [...this.#remote.history([draft.commit])]
      .filter((one) => onMain.has(one))
      .sort()
      .toReversed();
    if (commit === undefined) return {};
    const { latest } = git;
    const trees = () => changesOf(this.mirror, commit, git).map((one) => this.#remote.treeAt(one, git.path));
    const holdsLatest =
      latest !== undefined && (this.mirror.contains(commit, latest.commit) || trees().includes(latest.tree));
    return { commit, mainCommit: commit, ...(holdsLatest && { revision: latest.revision }) };
  }

  *#refuse(object: PackageRevision, page: ModelContents, problem: string): Steps<Result> {
    yield;
    this.#api.noteContents(object.metadata.name, page.uid, { frozen: false, error: problem });
    const waits = object.spec.lifecycle === "proposed";
    return {
      status: { lifecycle: "draft", waitingFor: waits ? [problem] : undefined },
      readiness: { state: "stalled", reason: problem, message: problem },
    };
  }

  *#propose(object: PackageRevision, git: GitView, draft: DraftBranch): Steps<Result> {
    const present = this.#readContents(object);
    if (present === undefined) return yield* this.#show(object, git, draft);
    if ((object.status?.waitingFor ?? []).length > 0) {
      const before = this.#mergeProposal(object, git, draft, present);
      if ("problem" in before) return yield* this.#refuse(object, present, before.problem);
    }
    yield;
    const page = this.#api.noteContents(object.metadata.name, present.uid, { frozen: true });
    const merged = this.#mergeProposal(object, git, draft, page);
    if ("problem" in merged) return yield* this.#refuse(object, page, merged.problem);
    const done = yield* this.#commit(object, git, draft, merged, "proposed");
    if (done === undefined) return lookAgain();
    const { commit, read } = done;
    const note = { frozen: true, commit, error: undefined };
    yield;
    if (merged.rewrite) {
      const open = this.#note(page, { frozen: false });
      yield* this.#rewrite(open, read, note);
    } else this.#note(page, note);
    const proposal = { digest: contentDigest(read.files), commit, by: "ann", at: NOW };
    const status = { lifecycle: "proposed", ...describe(commit, read), proposal, waitingFor: undefined };
    return { status, readiness: ready("Proposed") };
  }

  *#hold(object: PackageRevision, git: GitView, draft: DraftBranch, veto: Veto | undefined): Steps<Result> {
    const { proposal } = object.status ?? {};
    const there = this.#api.contents(object.metadata.name);
    if (proposal !== undefined && there !== undefined) return vetoed(veto, {}, ready("Proposed"));
    const read = this.#read(draft.commit, git);
    if (there === undefined) yield* this.#createContents(object, read, { frozen: true, commit: draft.commit });
    const { proposedBy, proposedAt, metadata } = draft.stamp ?? {};
    const digest = contentDigest(read.files);
    const by = proposedBy === undefined ? {} : { by: proposedBy };
    const restored = { digest, commit: draft.commit, ...by, at: proposedAt ?? NOW };
    const base = object.status?.base ?? metadata?.base;
    const status = { lifecycle: "proposed", base, ...describe(draft.commit, read), proposal: proposal ?? restored };
    return vetoed(veto, status, ready("Proposed"));
  }

  *#withdraw(object: PackageRevision, git: GitView, draft: DraftBranch, voided: boolean): Steps<Result> {
    yield;
    const now = voided ? this.#dropWish(object) : object;
    const commit = voided ? now.status?.commit : yield* this.#recordWithdrawal(object, git, draft);
    if (commit === undefined) return lookAgain();
    const page = this.#readContents(now);
    yield;
    if (page !== undefined) this.#note(page, { frozen: false, commit });
    const status = { lifecycle: "draft", commit, proposal: undefined, waitingFor: undefined };
    return { object: now, status, readiness: ready(voided ? "ProposalVoided" : "Draft") };
  }

  *#recordWithdrawal(object: PackageRevision, git: GitView, draft: DraftBranch): Steps<Oid | undefined> {
    if (draft.stamp?.lifecycle !== "proposed") return draft.commit;
    const metadata = nextMetadata(object, draft.stamp.metadata);
    const stamp = { path: git.path, workspace: draft.workspace, lifecycle: "draft", metadata } as const;
    const refs = yield* this.#push(object, (now) =>
      now.found?.kind === "draft" && now.found.commit === draft.commit
        ? draftChange(now, draft, [], { subject: "Return", stamp, author: OPERATOR })
        : undefined,
    );
    return refs === undefined ? undefined : oidOf(refs, draft.ref);
  }

  #dropWish(object: PackageRevision): PackageRevision {
    if ((object.spec.lifecycle ?? "draft") === "draft") return object;
    return this.#api.patchRevision(object.metadata.name, { spec: { lifecycle: "draft", approval: null } });
  }

  *#publish(seen: Observed, draft: DraftBranch, approved: Oid): Steps<Result> {
    const { object } = seen;
    const { proposal, waitingFor = [] } = object.status ?? {};
    const { approval } = object.spec;
    if (waitingFor.length > 0) return { status: { waitingFor: undefined }, readiness: reconciling("Publishing") };
    let changed = false;
    yield* this.#push(object, (git) => {
      const plan = planRevision({ ...seen, git });
      if (plan.do !== "publish" || plan.commit !== approved) return undefined;
      changed = contentDigest(this.#read(plan.draft.commit, git).files) !== proposal?.digest;
      if (changed) return undefined;
      const siblings = [...this.#api.stored.revisions.values()].filter((one) => pathOf(one) === git.path);
      const revision = unusedRevision(
        git.next,
        siblings.flatMap(({ status }) => status?.revision ?? []),
      );
      const stamp = {
        path: git.path,
        workspace: draft.workspace,
        lifecycle: "published",
        revision,
        ...(proposal !== undefined && { digest: proposal.digest, proposedAt: proposal.at }),
        ...(approval !== undefined && { approvedBy: approval.by }),
        metadata: metadataOf(object),
      } as const;
      return publishChange(git, plan.draft, revision, {
        tagOnly: this.#tagOnly,
        stamp,
        approver: personOf(approval?.by),
      });
    });
    if (changed) {
      const status = { lifecycle: "draft", proposal: undefined, waitingFor: undefined };
      return {
        object: this.#dropWish(object),
        status,
        readiness: { state: "stalled", reason: "ProposalVoided", message: "" },
      };
    }
    const git = viewOf(this.mirror, object);
    if (git.found?.kind === "published") return yield* this.#settle(object, git, git.found);
    return { status: {}, readiness: reconciling("Publishing") };
  }

  *#settle(object: PackageRevision, git: GitView, published: PublishedRef, veto?: Veto): Steps<Result> {
    yield;
    const aligned = this.#align(object, git, published);
    const reason = aligned.spec.lifecycle === "deletionProposed" ? "DeletionProposed" : "Published";
    if (veto !== undefined) return { ...vetoed(veto, {}, ready(reason)), status: {}, object: aligned };
    const read = this.#read(published.commit, git);
    yield* this.#settleContents(aligned, read, published);
    const lifecycle = aligned.spec.lifecycle === "deletionProposed" ? "deletionProposed" : "published";
    const status = {
      lifecycle,
      revision: published.revision,
      ...describe(published.commit, read),
      publishedBy: published.stamp?.approvedBy,
      waitingFor: undefined,
      base: undefined,
      proposal: undefined,
    };
    return { object: aligned, status, readiness: ready(reason) };
  }

  *#settleContents(object: PackageRevision, read: ShownPackage, published: PublishedRef): Steps<void> {
    const { lifecycle, commit, proposal, contentDigest: digest } = object.status ?? {};
    const there = this.#api.contents(object.metadata.name);
    const settled = isSettled(lifecycle) && commit === published.commit;
    const proposed = proposal?.commit === published.commit && proposal.digest === digest;
    if ((settled || proposed) && there !== undefined) return;
    const note = { frozen: true, commit: published.commit };
    yield;
    if (there === undefined) return yield* this.#createContents(object, read, note);
    const page = this.#readContents(object) ?? there;
    const open = this.#unfreeze(page);
    yield* this.#rewrite(open, read, note);
  }

  #align(object: PackageRevision, git: GitView, published: PublishedRef): PackageRevision {
    const isLatest = git.latest?.revision === published.revision;
    const { lifecycle, packageRevID } = object.spec;
    const spec = {
      ...(packageRevID.revision === undefined && { packageRevID: { revision: published.revision } }),
      ...(!isSettled(lifecycle) && { lifecycle: "published" }),
    };
    const relabel = (object.metadata.labels?.[LABEL_LATEST] === "true") !== isLatest;
    if (Object.keys(spec).length === 0 && !relabel) return object;
    const labels = relabel ? { [LABEL_LATEST]: isLatest ? "true" : null } : {};
    return this.#api.patchRevision(object.metadata.name, { spec, labels });
  }

  *#commit(
    object: PackageRevision,
    git: GitView,
    draft: DraftBranch,
    { inGit, wanted }: Merged,
    lifecycle: "draft" | "proposed",
  ): Steps<{ readonly commit: Oid; readonly read: ShownPackage } | undefined> {
    const edits = planEdits(git.path, inGit.files, wanted, draft.commit);
    const read = applyWanted(inGit, wanted, draft.commit);
    const digest = contentDigest(read.files);
    const metadata = nextMetadata(object, draft.stamp?.metadata);
    const proposed = lifecycle === "proposed" ? { proposedBy: "ann", proposedAt: NOW } : {};
    const stamp: Stamp = { path: git.path, workspace: draft.workspace, lifecycle, digest, ...proposed, metadata };
    const stands =
      lifecycle === "draft"
        ? draft.stamp?.lifecycle !== "proposed"
        : draft.stamp?.lifecycle === "proposed" && draft.stamp.digest === digest && draft.stamp.proposedBy === "ann";
    if (edits.length === 0 && stands && sameMetadata(object, draft)) return { commit: draft.commit, read };
    const subject = lifecycle === "proposed" ? "Propose" : "Edit";
    const refs = yield* this.#push(object, (now) =>
      now.found?.kind === "draft" && now.found.commit === draft.commit
        ? draftChange(now, draft, edits, { subject, stamp, author: OPERATOR })
        : undefined,
    );
    return refs === undefined ? undefined : { commit: oidOf(refs, draft.ref), read };
  }

  #mergeProposal(object: PackageRevision, git: GitView, draft: DraftBranch, page: ModelContents) {
    const merged = this.#merge(object, git, draft, page);
    if ("problem" in merged || merged.wanted.size > 0 || merged.inGit.files.length > 0) return merged;
    return { problem: "EmptyPackage" };
  }

  #merge(
    object: PackageRevision,
    git: GitView,
    draft: DraftBranch,
    page: ModelContents,
  ): Merged | { readonly problem: string } {
    const wanted = asWanted(page.files);
    const inGit = this.#read(draft.commit, git);
    const nested = git.nested.map((one) => one.path.slice(git.path.length + 1));
    if (placeProblems(inGit.files, wanted, nested).length > 0) return { problem: "InvalidPath" };
    const shown = page.commit ?? object.status?.commit;
    if (shown === undefined || shown === draft.commit) return { inGit, wanted, rewrite: false };
    if (!this.mirror.has(shown)) return followBranch(inGit, wanted, page);
    const base = this.#read(shown, git).files;
    const merge = mergeFiles(base, inGit.files, wanted, draft.commit);
    if (merge.conflicts.length > 0) return { problem: "ContentConflict" };
    const rewrite = planEdits(git.path, inGit.files, wanted, draft.commit).length > 0;
    return { inGit, wanted: merge.files, rewrite };
  }

  #read(commit: Oid, git: GitView): ShownPackage {
    return showFiles(asFiles(ownFiles(this.mirror, commit, git), commit));
  }

  /** Plans on the mirror, pushes under leases, and plans again where the remote has moved; one after the other. */
  *#push(object: PackageRevision, plan: (git: GitView) => Change | undefined): Steps<AppliedRefs | undefined> {
    while (this.#writing) yield;
    this.#writing = true;
    try {
      for (let left = TRIES; left > 0; left--) {
        const change = plan(viewOf(this.mirror, object));
        if (change === undefined) return undefined;
        const leases = this.mirror.refs;
        yield;
        const pushed = this.#remote.push(change, leases);
        yield;
        if (pushed === undefined) this.mirror.fetch();
        else {
          this.mirror.take(mapWith(this.mirror.refs, pushed));
          return new Map([...pushed].map(([ref, now]) => [ref, now?.oid ?? null]));
        }
      }
      throw new ModelConflict(`${object.metadata.name}: the repository moved at every try`);
    } finally {
      this.#writing = false;
    }
  }

  #planDeletion(seen: Observed): Change | undefined {
    const plan = planRevision(seen);
    if (plan.do === "deleteDraft") return deleteDraftChange(plan.git, plan.draft);
    if (plan.do !== "deletePublished") return undefined;
    return deletePublishedChange(plan.git, plan.published, { tagOnly: this.#tagOnly, author: OPERATOR });
  }

  #observe(object: PackageRevision): Observed {
    const repository = aRepository(this.#tagOnly ? { publish: "tagOnly" } : {}, { ready: condition("Ready", "True") });
    return { object, repository, git: viewOf(this.mirror, object), upstream: this.#upstreamOf(object), editors: [] };
  }

  #upstreamOf(object: PackageRevision): UpstreamView {
    const { upstream } = object.spec;
    if (upstream === undefined || object.status?.lifecycle !== undefined) return { state: "none" };
    const path = upstreamPath(object);
    if (upstream.revision === "main") {
      this.mirror.fetch();
      const commit = this.mirror.mainCommit;
      const tree = commit === undefined ? undefined : this.#remote.treeAt(commit, path);
      if (commit === undefined || tree === undefined) return { state: "missing", message: `no ${path} on ${MAIN}` };
      return { state: "found", source: { revision: "main", commit, tree } };
    }
    const source = this.mirror.index.latest(path);
    return source === undefined ? { state: "missing", message: `no ${path}` } : { state: "found", source };
  }

  #isSettled(object: PackageRevision): boolean {
    const page = this.#api.contents(object.metadata.name);
    const known = this.#known.get(page?.uid ?? "");
    return page !== undefined && known?.frozen === false && !known.refused && known.acknowledged >= page.generation;
  }

  #readContents(object: PackageRevision): ModelContents | undefined {
    const page = this.#api.contents(object.metadata.name);
    if (page !== undefined) this.#remember(page);
    return page;
  }

  *#createContents(
    object: PackageRevision,
    read: ShownPackage,
    note: { readonly frozen: boolean; readonly commit: Oid },
  ): Steps<void> {
    const { name, uid = "" } = object.metadata;
    const files = new Map(
      read.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, textOf(bytes)]])),
    );
    yield;
    const present = this.#api.contents(name);
    const same = present?.owner === uid && canonicalJson([...present.files]) === canonicalJson([...files]);
    if (present !== undefined && !same) this.#api.removeContents(name);
    const page = present !== undefined && same ? present : this.#api.createContents(name, uid, files);
    yield;
    if (note.frozen) this.#remember(page);
    else this.#note(page, note);
  }

  *#rewrite(page: ModelContents, read: ShownPackage, note: ContentsNote): Steps<void> {
    const name = this.#nameOf(page);
    const files = new Map(
      read.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, textOf(bytes)]])),
    );
    yield;
    const now = this.#api.writeFiles(name, files, page);
    yield;
    this.#note(now, note);
  }

  /** Acknowledges the generation that was read. */
  #note(page: ModelContents, note: ContentsNote): ModelContents {
    const noted = this.#api.noteContents(this.#nameOf(page), page.uid, { ...note, acknowledged: page.generation });
    this.#remember(noted);
    return noted;
  }

  /** What is open already is not written, and stays as it was read: so that an edit made meanwhile is a conflict. */
  #unfreeze(page: ModelContents): ModelContents {
    return page.frozen ? this.#api.noteContents(this.#nameOf(page), page.uid, { frozen: false }) : page;
  }

  #nameOf(page: ModelContents): string {
    const [name = ""] = [...this.#api.stored.contents].find(([, one]) => one.uid === page.uid) ?? [];
    return name;
  }

  #remember({ uid, generation, acknowledged, frozen, error }: ModelContents): void {
    this.#known.set(uid, {
      acknowledged: frozen && generation === 1 ? 1 : acknowledged,
      frozen,
      refused: error !== undefined,
    });
  }

  #writeStatus(object: PackageRevision, { status, readiness }: Result): void {
    const generation = object.metadata.generation ?? 0;
    const { name, uid } = object.metadata;
    const before = this.#api.revision(name)?.status?.conditions ?? [];
    const conditions = foldConditions(before, readiness, generation, NOW);
    this.#api.patchStatus(name, uid, { ...status, observedGeneration: generation, conditions });
  }
}

function vetoed(veto: Veto | undefined, status: Result["status"], otherwise: Readiness, waits = true): Result {
  if (veto === undefined) return { status: { ...status, waitingFor: undefined }, readiness: otherwise };
  const { reason, message, kind } = veto;
  const state = kind === "waiting" ? "reconciling" : "stalled";
  return { status: { ...status, ...(waits && { waitingFor: [reason] }) }, readiness: { state, reason, message } };
}

function describe(commit: Oid, read: ShownPackage): Result["status"] {
  return { commit, contentDigest: contentDigest(read.files), files: read.files.length, contentsSize: read.size };
}

/** Without what edits started from, nobody can tell an edit from what the branch has lost. */
function followBranch(
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
  page: ModelContents,
): Merged | { readonly problem: string } {
  const theirs = new Map(
    inGit.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const])),
  );
  if (page.acknowledged === page.generation) return { inGit, wanted: theirs, rewrite: true };
  const same = wanted.size === theirs.size && [...wanted].every(([path, bytes]) => theirs.get(path) === bytes);
  return same ? { inGit, wanted, rewrite: false } : { problem: "ContentConflict" };
}

function sameMetadata(object: PackageRevision, draft: DraftBranch): boolean {
  const part = ({ spec, labels, annotations }: Stamp["metadata"]) => canonicalJson({ spec, labels, annotations });
  return part(draft.stamp?.metadata ?? {}) === part(metadataOf(object));
}

function asWanted(files: Files): ReadonlyMap<string, Uint8Array> {
  return new Map([...files].map(([path, text]) => [path, bytesOf(text)]));
}

function mapWith(
  mirror: ReadonlyMap<string, ModelRef>,
  pushed: ReadonlyMap<string, ModelRef | undefined>,
): ReadonlyMap<string, ModelRef> {
  const refs = new Map(mirror);
  for (const [ref, now] of pushed) {
    if (now === undefined) refs.delete(ref);
    else refs.set(ref, now);
  }
  return refs;
}

function upstreamPath({ spec: { upstream } }: PackageRevision): string {
  return [upstream?.realm, upstream?.package].filter((part) => part !== undefined).join("/");
}

function oidOf(refs: AppliedRefs, ref: string): Oid {
  const found = refs.get(ref);
  if (found === undefined || found === null) throw new Error(`the push did not touch ${ref}`);
  return found;
}

function ready(reason: string): Readiness {
  return { state: "ready", reason, message: reason };
}

function reconciling(reason: string): Readiness {
  return { state: "reconciling", reason, message: reason };
}

function lookAgain(): Result {
  return { status: {}, readiness: reconciling("BranchMoved") };
}
