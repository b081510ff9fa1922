import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import type { Layout } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import type {
  Admit,
  BeginRequest,
  CommitRequest,
  CommitResult,
  DeleteRequest,
  DeleteResult,
  PackageStore,
  Prepare,
  PrepareAll,
  PublishRequest,
  StoreResult,
  Upstream,
  UpstreamResult,
} from "../../../core/ports/package-store.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { Rewrite } from "../../../core/repository/history-rewrite.ts";
import { workspaceOf } from "../../../core/repository/identify.ts";
import type { ChangedRevisions, Discovered, IsLive } from "../../../core/repository/package-index.ts";
import type { WriteSettings } from "../../../core/repository/write-settings.ts";
import type { RevisionView, Source } from "../../../core/revision/observation.ts";
import type { Folder } from "../../../core/validation/target/folder.ts";
import { ChangeCounts, type PackageTree } from "./change-counts.ts";
import { changedFiles, type FolderState } from "./changed-files.ts";
import { ConfinedProposals } from "./confined-proposals.ts";
import { deleteRevision } from "./delete-revision.ts";
import { DeletedDrafts, findLate } from "./deleted-drafts.ts";
import { findDraftBase } from "./draft-base.ts";
import { assertMainUsable, hasNoBranch, isMain } from "./main-branch.ts";
import { findBase } from "./main-divergence.ts";
import { MainHistory } from "./main-history.ts";
import type { MirrorReader, PackageWriter } from "./mirror-reader.ts";
import { observeRevision } from "./observe-revision.ts";
import { beginChange, commitChange, publishChange } from "./package-changes.ts";
import { listFiles, nestedPaths, readForClone, readPackage, sizeOf } from "./package-files.ts";
import { PlannedWrites, type Pushed } from "./planned-writes.ts";
import { proposeDraft } from "./propose-draft.ts";
import { PublicationsUnderWay } from "./publications-under-way.ts";
import { readFolder } from "./read-folder.ts";
import { readRecord } from "./record.ts";
import { RefIndex } from "./ref-index.ts";
import { summarize } from "./summary.ts";
import { findPublishedUpstream, findUpstreamAt, findUpstreamOnMain } from "./upstream.ts";
import type { Verification } from "./verify-tag.ts";

export interface GitPackageStoreOptions {
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  /** Other Repositories whose records count, as `namespace/name`. */
  readonly trustedRepositories?: readonly string[];
  /** The Repository's uid. */
  readonly uid: string;
  readonly layout: Layout;
  /** The full name of the branch of published packages. */
  readonly mainRef: string;
  readonly mirror: MirrorReader;
  readonly writer: PackageWriter;
  /** Which tags count; absent: all. */
  readonly verification?: Verification;
  readonly settings?: WriteSettings;
  /** The commit up to which the published branch was followed before; undefined for a repository that is new here. */
  readonly followed: Oid | undefined;
  /** Tags of deleted drafts that are kept, the newest; 1000 by default. */
  readonly maxDeletedDrafts?: number;
  /** Called with the package revisions that changed in Git; none if only the published branch has moved. */
  readonly onChanged: (changed: ChangedRevisions) => void;
  readonly onPushed?: (push: Pushed) => void;
}

/**
 * The packages of a Git repository. Reads come from a mirror. Writes are planned on the mirror's state and go through
 * its push queue, which plans again after a lost race.
 */
export class GitPackageStore implements PackageStore {
  readonly layout: Layout;
  readonly #index: RefIndex;
  readonly #mirror: MirrorReader;
  readonly #writer: PackageWriter;
  readonly #planned: PlannedWrites;
  readonly #confined: ConfinedProposals;
  readonly #deletedDrafts: DeletedDrafts;
  readonly #changeCounts: ChangeCounts;
  readonly #publications = new PublicationsUnderWay();

  private constructor(options: GitPackageStoreOptions, history: MainHistory) {
    this.layout = options.layout;
    this.#index = new RefIndex({ ...options, history });
    this.#mirror = options.mirror;
    this.#writer = options.writer;
    this.#confined = new ConfinedProposals(options.mirror);
    this.#deletedDrafts = new DeletedDrafts(options.maxDeletedDrafts);
    this.#changeCounts = new ChangeCounts(options.mirror.reader);
    this.#planned = new PlannedWrites(this.#index, options.writer, options.onPushed);
    if (options.settings !== undefined) this.#planned.setSettings(options.settings);
  }

  /** Reads a mirror that has been fetched. */
  static async open(options: GitPackageStoreOptions): Promise<GitPackageStore> {
    const history = await MainHistory.open(options.mirror, options.uid, options.followed);
    const store = new GitPackageStore(options, history);
    await store.refresh();
    return store;
  }

  close(): void {
    this.#index.close();
  }

  async refresh(): Promise<void> {
    await this.#index.refresh();
  }

  /** Reads the trailers of all refs again: other signatures count than before. */
  async reclassify(): Promise<void> {
    this.#index.forgetFacts();
    await this.#index.refresh();
  }

  /** Of which other Repositories the records count from the next `refresh` on. */
  setTrustedRepositories(others: readonly string[]): void {
    this.#index.setTrustedRepositories(others);
  }

  /** How everything is written from now on. */
  setWriteSettings(settings: WriteSettings): void {
    this.#planned.setSettings(settings);
  }

  /** Which tags count from the next `refresh` on; undefined: all. */
  setVerification(verification: Verification | undefined): void {
    this.#index.setVerification(verification);
  }

  async fetch(): Promise<void> {
    await this.#writer.fetch();
    await this.#index.refresh();
  }

  async repair(): Promise<void> {
    this.#mirror.reportDamage();
    await this.#writer.fetch();
  }

  /** Throws `GitError`: `BadObjects` if git refuses the published branch, `BranchNotFound` if it is missing. */
  assertUsable(): void {
    assertMainUsable(this.#index);
  }

  revisions(): Iterable<Discovered> {
    const { packages } = this.#index;
    // The branch of an object that is there is identified by that.
    const isLate = (draft: DraftBranch) => packages.isLate(draft, () => false);
    return Iterator.from(packages.revisions()).filter((one) => one.kind !== "draft" || !isLate(one));
  }

  identify(revision: PackageRevision): Discovered | undefined {
    return this.#publications.find(this.#index.packages, revision) ?? this.#index.identify(revision);
  }

  workspaceOf(found: Discovered): string | undefined {
    return workspaceOf(this.#index.packages.package(found.path), found);
  }

  latest(path: string): PublishedRef | undefined {
    return this.#index.packages.latest(path);
  }

  /** The full name of the branch of published packages. */
  get mainRef(): string {
    return this.#index.mainRef;
  }

  /** `commit` of the summary, which costs more. */
  get followed(): Oid | undefined {
    return this.#index.mainFollowed;
  }

  /** The same as in the summary, which is too expensive for every push. */
  get rewrite(): Rewrite | undefined {
    return this.#index.rewrite;
  }

  summarize(...parameters: Parameters<PackageStore["summarize"]>): ReturnType<PackageStore["summarize"]> {
    return summarize(this.#index, ...parameters);
  }

  async acceptHistory(annotations: Readonly<Record<string, string>> | undefined): Promise<void> {
    await this.#index.acceptHistory(annotations);
  }

  async observe(...parameters: Parameters<PackageStore["observe"]>): Promise<RevisionView> {
    const view = await observeRevision(this.#index, ...parameters);
    if (view.found?.kind !== "published") this.#publications.end(parameters[0]);
    return view;
  }

  async findUpstream(upstream: Upstream): Promise<UpstreamResult> {
    if (!isMain(this.mainRef, upstream.revision)) return findPublishedUpstream(this.#index, upstream);
    await this.fetch();
    return await findUpstreamOnMain(this.#index, upstream);
  }

  async findUpstreamAt(upstream: Upstream, commit: Oid): Promise<UpstreamResult> {
    return await findUpstreamAt(this.#index, upstream, commit);
  }

  async readTree(view: RevisionView, tree: Oid | undefined, admit?: Admit): ReturnType<PackageStore["readTree"]> {
    return await readPackage(this.#mirror.reader, tree, view.path, nestedPaths(view, tree), admit);
  }

  async readCommit(view: RevisionView, commit: Oid, admit?: Admit): ReturnType<PackageStore["readCommit"]> {
    const tree = await this.#mirror.reader.treeAt(commit, view.path);
    // Else a commit that is not there, as in a mirror that was just removed, would be one of an empty package.
    if (tree === undefined) await this.#mirror.reader.commit(commit);
    return await this.readTree(view, tree, admit);
  }

  async measure(view: RevisionView, tree: Oid): Promise<number> {
    return sizeOf(await listFiles(this.#mirror.reader, tree, view.path, nestedPaths(view, tree)));
  }

  async readForClone(path: string, source: Source, admit?: Admit): ReturnType<PackageStore["readForClone"]> {
    const { tree, nested } = this.#located(path, source);
    return await readForClone(this.#mirror.reader, tree, path, nested, admit);
  }

  async countChanges(path: string, before: Source, after: Source): ReturnType<PackageStore["countChanges"]> {
    return await this.#changeCounts.between(this.#located(path, before), this.#located(path, after));
  }

  async changedFiles(
    view: RevisionView,
    { tree }: DraftBranch,
    onMain: boolean,
  ): ReturnType<PackageStore["changedFiles"]> {
    const { path, mainCommit, latest } = view;
    const { reader } = this.#mirror;
    const nested = nestedPaths(view, tree);
    const earlier: FolderState[] = [latest === undefined ? { nested } : this.#located(path, latest)];
    if (onMain && mainCommit !== undefined) earlier.push({ tree: await reader.treeAt(mainCommit, path), nested });
    return await changedFiles(reader, path, { tree, nested }, earlier);
  }

  async readTarget(path: string, previous?: Folder): Promise<Folder | undefined> {
    const { mainCommit } = this.#index;
    const tree = mainCommit === undefined ? undefined : await this.#mirror.reader.treeAt(mainCommit, path);
    return tree === undefined ? undefined : await readFolder(this.#mirror.reader, tree, previous);
  }

  async readBlob(oid: Oid): Promise<Uint8Array | undefined> {
    return (await this.#mirror.reader.blobs([oid]))[0];
  }

  async hasCommit(commit: Oid): Promise<boolean> {
    return (await this.#mirror.reader.info(commit)) !== undefined;
  }

  async describeCommit(commit: Oid): ReturnType<PackageStore["describeCommit"]> {
    const object = await this.#mirror.reader.commit(commit);
    const [parent] = object.parents;
    const metadata = readRecord(object, this.#index.trusted);
    return { ...(parent !== undefined && { parent }), ...(metadata !== undefined && { metadata }) };
  }

  async findDraftBase(view: RevisionView, draft: DraftBranch): ReturnType<PackageStore["findDraftBase"]> {
    return await findDraftBase(this.#mirror, view, draft);
  }

  async findBase(view: RevisionView, base: DraftBase): ReturnType<PackageStore["findBase"]> {
    return await findBase(this.#index, view.path, base);
  }

  async begin<V>(revision: PackageRevision, prepare: Prepare<BeginRequest, V>): Promise<CommitResult<V>> {
    await this.#planned.startMain(revision, ({ mirror }) => hasNoBranch(mirror));
    return await this.#planned.commit("start", revision, prepare, beginChange, (view, request) =>
      draftRef(view.path, request.workspace),
    );
  }

  async commit<V>(revision: PackageRevision, prepare: Prepare<CommitRequest, V>): Promise<CommitResult<V>> {
    return await this.#planned.commit("edit", revision, prepare, commitChange, (_, request) => request.draft.ref);
  }

  async propose<V>(revision: PackageRevision, prepare: Prepare<CommitRequest, V>): Promise<CommitResult<V>> {
    return await proposeDraft(this.#planned, this.#mirror, this.#confined, revision, prepare);
  }

  async changesOnlyOwnFiles(view: RevisionView, draft: DraftBranch): Promise<boolean> {
    return await this.#confined.has(view, draft);
  }

  async startMain(revision: PackageRevision): Promise<void> {
    await this.#planned.startMain(revision, () => true);
  }

  async publish<V>(revision: PackageRevision, prepare: Prepare<PublishRequest, V>): Promise<StoreResult<V>> {
    const noting = this.#publications.noting(revision, prepare);
    const { refs, value } = await this.#planned.submit("publish", revision, noting, publishChange, 1);
    return { kind: refs === undefined ? "aborted" : "written", value };
  }

  async publishTogether<V>(
    revisions: readonly PackageRevision[],
    prepare: PrepareAll<PublishRequest, V>,
  ): Promise<StoreResult<V>> {
    const noting = this.#publications.notingAll(revisions, prepare);
    const { refs, value } = await this.#planned.submitTogether(
      "publish",
      revisions,
      noting,
      publishChange,
      revisions.length,
    );
    return { kind: refs === undefined ? "aborted" : "written", value };
  }

  async delete<V>(revision: PackageRevision, prepare: Prepare<DeleteRequest, V>): Promise<DeleteResult<V>> {
    // Of a published revision the tag, and the tombstone in its place; the end of a draft gets one.
    const tags = this.identify(revision)?.kind === "published" ? 2 : 1;
    return await deleteRevision(this.#planned, this.#mirror, { revision, tags }, prepare);
  }

  async removeDeletedDrafts(before: Date, isLive: IsLive): Promise<number> {
    await this.#index.refresh();
    const expired = await this.#deletedDrafts.expired(this.#index, before);
    const late = await findLate(this.#index, isLive);
    return expired.length + late.length === 0 ? 0 : await this.#planned.removeLeftovers({ expired, late }, isLive);
  }

  /** The packages below are those of the record, else those of today. */
  #located(path: string, { tree, nested = this.#index.packages.nested(path) }: Source): PackageTree {
    return { path, tree, nested };
  }
}
