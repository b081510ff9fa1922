import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { CommitResult, Prepare, PrepareAll } from "../../../core/ports/package-store.ts";
import type { IsLive } from "../../../core/repository/package-index.ts";
import type { WriteSettings } from "../../../core/repository/write-settings.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { isPushRejected } from "../errors.ts";
import { inBatches } from "../in-batches.ts";
import type { AppliedRefs, GitChange } from "../push/change.ts";
import type { WriteRequest } from "../push/write-request.ts";
import { CommitTexts } from "./commit-text.ts";
import { type Leftovers, removeLeftovers } from "./deleted-drafts.ts";
import type { PackageWriter } from "./mirror-reader.ts";
import { observeRevision } from "./observe-revision.ts";
import { firstMainChange } from "./package-changes.ts";
import type { RefIndex } from "./ref-index.ts";

/** A push that was made for a package revision. */
export interface Pushed {
  readonly operation: string;
  /** `namespace/name` of the package revision, or of the Repository. */
  readonly object: string;
  readonly refs: AppliedRefs;
}

interface PlannedResult<V> {
  readonly refs?: AppliedRefs;
  readonly value: V;
}

/** Package revisions of one change that are observed at the same time. */
const MAX_CONCURRENT_VIEWS = 16;

type ToChange<R> = (view: RevisionView, request: R, texts: CommitTexts) => GitChange | Promise<GitChange>;

/**
 * Writes through the push queue. Each is planned on the mirror's state when its turn comes, again after a lost race.
 */
export class PlannedWrites {
  readonly #index: RefIndex;
  readonly #writer: PackageWriter;
  readonly #onPushed: (push: Pushed) => void;
  #maxTags: number | undefined;
  #texts = new CommitTexts({});

  constructor(index: RefIndex, writer: PackageWriter, onPushed: (push: Pushed) => void = () => {}) {
    this.#index = index;
    this.#writer = writer;
    this.#onPushed = onPushed;
  }

  /** How everything is written that is planned from now on. */
  setSettings({ maxTags, commit }: WriteSettings): void {
    this.#maxTags = maxTags;
    this.#texts = new CommitTexts(commit);
  }

  /**
   * Makes the branch of published packages in a push of its own, if it never was and `isDue`. Hosts make the first
   * branch that is pushed the default branch, and refuse to delete that one: no draft's branch must come first. Where
   * the remote refuses this branch, work goes on without it: the publication reports that.
   */
  async startMain(revision: PackageRevision, isDue: (index: RefIndex) => boolean): Promise<void> {
    const isMissing = () => this.#index.mainCommit === undefined && !this.#index.hadMain && isDue(this.#index);
    if (!isMissing()) return;
    const object = objectOf(revision);
    try {
      const { refs } = await this.#writer.submit<undefined>({
        name: `start main for ${object}`,
        plan: async () => {
          await this.#index.refresh();
          return isMissing()
            ? {
                kind: "write",
                change: firstMainChange(this.#index.mainRef, this.#index, this.#texts),
                value: undefined,
              }
            : { kind: "abort", value: undefined };
        },
      });
      if (refs !== undefined) this.#onPushed({ operation: "start main", object, refs });
    } catch (error) {
      if (!isPushRejected(error)) throw error;
    }
    await this.#index.refresh();
  }

  /** A write that results in a commit on the ref that `refOf` names. */
  async commit<R, V>(
    operation: string,
    revision: PackageRevision,
    prepare: Prepare<R, V>,
    toChange: ToChange<R>,
    refOf: (view: RevisionView, request: R) => string,
  ): Promise<CommitResult<V>> {
    const { refs, value: found } = await this.submit<R, { readonly value: V; readonly ref: string }>(
      operation,
      revision,
      async (view) => {
        const prepared = await prepare(view);
        return prepared.kind === "abort"
          ? { kind: "abort", value: { value: prepared.value, ref: "" } }
          : { ...prepared, value: { value: prepared.value, ref: refOf(view, prepared.request) } };
      },
      toChange,
    );
    const { value, ref } = found;
    if (refs === undefined) return { kind: "aborted", value };
    const commit = refs.get(ref);
    if (commit === undefined || commit === null) throw new Error(`the push did not update ${ref}`);
    return { kind: "written", commit, value };
  }

  /** Removes what is left of deleted drafts, with as many tags as one push may move. Returns how many refs moved. */
  async removeLeftovers(found: Leftovers, isLive: IsLive): Promise<number> {
    const object = this.#index.repository;
    // The tag of a late branch is created, that of an expired one deleted.
    const late = found.late.slice(0, this.#maxTags);
    const left = this.#maxTags === undefined ? undefined : this.#maxTags - late.length;
    const some = { late, expired: found.expired.slice(0, left) };
    const { refs } = await this.#writer.submit({
      name: `remove deleted drafts of ${object}`,
      ...this.#withTags(some.late.length + some.expired.length),
      plan: async () => {
        await this.#index.refresh();
        const change = removeLeftovers(this.#index, some, this.#texts, isLive);
        return change === undefined ? { kind: "abort", value: undefined } : { kind: "write", change, value: undefined };
      },
    });
    if (refs === undefined) return 0;
    this.#onPushed({ operation: "remove deleted drafts", object, refs });
    return refs.size;
  }

  /**
   * Plans on the mirror as it is when the push queue gets to this request, again after every lost race.
   *
   * @param tags that the change creates and deletes, at most
   */
  async submit<R, V>(
    operation: string,
    revision: PackageRevision,
    prepare: Prepare<R, V>,
    toChange: ToChange<R>,
    tags = 0,
  ): Promise<PlannedResult<V>> {
    return await this.#submit(operation, objectOf(revision), tags, async () => {
      const view = await observeRevision(this.#index, revision);
      const prepared = await prepare(view);
      if (prepared.kind === "abort") return prepared;
      return { kind: "write", change: await toChange(view, prepared.request, this.#texts), value: prepared.value };
    });
  }

  /** The same of several package revisions, in one change: all of it is pushed, or nothing. */
  async submitTogether<R, V>(
    operation: string,
    revisions: readonly PackageRevision[],
    prepare: PrepareAll<R, V>,
    toChange: ToChange<R>,
    tags: number,
  ): Promise<PlannedResult<V>> {
    return await this.#submit(operation, revisions.map(objectOf).join(", "), tags, async () => {
      const views = await inBatches(revisions, MAX_CONCURRENT_VIEWS, (one) => observeRevision(this.#index, one));
      const prepared = await prepare(views);
      if (prepared.kind === "abort") return prepared;
      const changes: GitChange[] = [];
      for (const { view, request } of prepared.request) changes.push(await toChange(view, request, this.#texts));
      const change = { steps: changes.flatMap(({ steps }) => steps), claims: changes.flatMap(({ claims }) => claims) };
      return { kind: "write", change, value: prepared.value };
    });
  }

  async #submit<V>(
    operation: string,
    object: string,
    tags: number,
    plan: WriteRequest<V>["plan"],
  ): Promise<PlannedResult<V>> {
    const result = await this.#writer.submit<V>({ name: `${operation} ${object}`, ...this.#withTags(tags), plan });
    if (result.refs === undefined) return result;
    this.#onPushed({ operation, object, refs: result.refs });
    // First the index: the step that gets this result relies on the new main.
    if (result.refs.has(this.#index.mainRef)) await this.#index.refresh();
    return result;
  }

  #withTags(count: number): Pick<WriteRequest<unknown>, "tags"> {
    return count === 0 ? {} : { tags: { count, ...(this.#maxTags !== undefined && { maxPerPush: this.#maxTags }) } };
  }
}

function objectOf({ metadata }: PackageRevision): string {
  return `${metadata.namespace}/${metadata.name}`;
}
