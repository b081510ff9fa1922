import type { NamespacedObjectMeta } from "../../api/schema/schema.ts";
import type { Layout } from "../../core/identity/location.ts";
import type { Oid } from "../../core/identity/oid.ts";
import { type Classified, classifyRef, folderOfRef, type RefFacts } from "../../core/repository/classify-ref.ts";
import { isConfirmed } from "../../core/repository/history-rewrite.ts";
import { PackageIndex } from "../../core/repository/package-index.ts";
import { type CommitMetadata, parseCommitMetadata } from "../../core/revision/commit-trailers.ts";
import { GitError } from "../../storage/git/errors.ts";
import type { Mirror } from "../../storage/git/mirror/mirror.ts";
import type { Commit, Signature, Tag } from "../../storage/git/objects/parse-object.ts";
import type { MainHistory } from "../../storage/git/package-store/main-history.ts";
import type { PushQueue } from "../../storage/git/push/push-queue.ts";
import type { Ref } from "../../storage/git/refs/ref-table.ts";
import { ContentsRetention } from "./contents-retention.ts";

/** The end of the year 9999, in seconds since 1970: RFC 3339 has no later times. */
const LAST_TIME = 253_402_300_799;

/** The local copy of a remote, and the one way to write to it. */
export interface Clone {
  readonly mirror: Mirror;
  readonly writer: PushQueue;
}

/** What is known of one Repository: its clone, and every package revision in it. */
export class RepositoryCache {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  readonly layout: Layout;
  /** The full name of the branch that holds published packages. */
  readonly mainRef: string;
  readonly clone: Clone;
  readonly index: PackageIndex;
  readonly #history: MainHistory;
  readonly kept = new ContentsRetention();
  readonly #onTouched: (names: ReadonlySet<string>) => void;
  readonly #facts = new Map<string, RefFacts>();
  /** Refs that moved since they were taken in. */
  #moved: Set<string>;
  readonly #unwatch: () => void;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly key: string;
    readonly layout: Layout;
    readonly mainRef: string;
    readonly clone: Clone;
    readonly history: MainHistory;
    /** Told the names of objects for which Git has something new; none where only the packages' branch has moved. */
    readonly onTouched: (names: ReadonlySet<string>) => void;
  }) {
    this.key = options.key;
    this.layout = options.layout;
    this.mainRef = options.mainRef;
    this.clone = options.clone;
    this.#onTouched = options.onTouched;
    this.#history = options.history;
    this.index = new PackageIndex(options.key.slice(options.key.indexOf("/") + 1));
    const { mirror } = options.clone;
    this.#moved = new Set(mirror.refs().keys());
    this.#unwatch = mirror.watchRefs((ref) => this.#moved.add(ref));
  }

  get mainCommit(): Oid | undefined {
    return this.clone.mirror.refs().get(this.mainRef)?.commit;
  }

  /** The commit up to which the packages' branch was followed: where it is, unless its history is in doubt or it is gone. */
  get mainFollowed(): Oid | undefined {
    return this.#history.accepted;
  }

  /** Whether the packages' branch was there once: a remote that lacks it then is not a new one. */
  get hadMain(): boolean {
    return this.mainFollowed !== undefined || this.index.counts().published > 0;
  }

  /** The commit that the packages' branch had and has no more in its history, until somebody accepts that. */
  get mainLost(): Oid | undefined {
    return this.#history.lost;
  }

  /** Goes on from the history that the packages' branch has now, if that is what somebody looked at. */
  acceptHistory(annotations: NamespacedObjectMeta["annotations"]): void {
    const { mainLost: lost, mainCommit: now } = this;
    if (lost !== undefined && now !== undefined && isConfirmed({ lost, now }, annotations)) this.#history.accept(now);
  }

  close(): void {
    this.#unwatch();
  }

  /** Takes in what the mirror's refs are by now; costs as much as has changed. */
  async refresh(): Promise<void> {
    const turn = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = turn.catch(() => {});
    await turn;
  }

  async #refresh(): Promise<void> {
    if (this.#moved.size === 0) return;
    const moved = this.#moved;
    this.#moved = new Set();
    try {
      await this.#takeIn(moved);
    } catch (error) {
      for (const ref of moved) this.#moved.add(ref);
      throw error;
    }
  }

  async #takeIn(moved: ReadonlySet<string>): Promise<void> {
    const refs = this.clone.mirror.refs();
    if (moved.has(this.mainRef)) await this.#history.follow(this.mainCommit);
    const others = [...moved].filter((name) => name !== this.mainRef);
    const gone = others.filter((name) => !refs.has(name));
    // A branch that is a draft only by its difference from main may become one, or cease to be, when main moves.
    const again = moved.has(this.mainRef)
      ? [...this.#facts.values()].filter((facts) => isUnrecordedBranch(facts, moved))
      : [];
    const facts = await Promise.all(others.flatMap((name) => refs.get(name) ?? []).map((ref) => this.#gather(ref)));
    const judged = await Promise.all([...facts, ...again].map((one) => this.#judge(one)));
    const touched = new Set<string>();
    const update = (ref: string, now: Classified | undefined) => {
      for (const name of this.index.update(ref, now)) touched.add(name);
    };
    for (const name of gone) {
      update(name, undefined);
      this.#facts.delete(name);
    }
    for (const one of judged) update(one.ref, one);
    for (const one of facts) this.#facts.set(one.ref, one);
    if (touched.size > 0 || moved.has(this.mainRef)) this.#onTouched(touched);
  }

  async #gather(ref: Ref): Promise<RefFacts> {
    const { reader } = this.clone.mirror;
    const folder = folderOfRef(ref.name);
    if (ref.commit === undefined || folder === undefined) return { ref: ref.name };
    const [tree, made] = await Promise.all([reader.treeAt(ref.commit, folder), this.#made(ref, ref.commit)]);
    return { ref: ref.name, commit: ref.commit, ...(tree !== undefined && { tree }), ...made };
  }

  /** The trailers and time: of the annotated tag itself, else of the commit; what cannot be, or is too large to be ours, is left out. */
  async #made(ref: Ref, commit: Oid): Promise<{ readonly trailers?: CommitMetadata; readonly time?: number }> {
    const { reader } = this.clone.mirror;
    try {
      const isTag = ref.type === "tag";
      const { message, by } = isTag ? signed(await reader.tag(ref.oid)) : signed(await reader.commit(commit));
      // A tag that somebody put on a commit of ours has not the approval that a tag message of ours tells of.
      const trailers = isTag || ref.name.startsWith("refs/heads/") ? parseCommitMetadata(message) : undefined;
      const isTime = by !== undefined && by.time >= 0 && by.time <= LAST_TIME;
      return { ...(trailers !== undefined && { trailers }), ...(isTime && { time: by.time }) };
    } catch (error) {
      if (error instanceof GitError && error.reason === "ObjectTooLarge") return {};
      throw error;
    }
  }

  async #judge(facts: RefFacts): Promise<Classified> {
    const folder = facts.ref.startsWith("refs/heads/") ? folderOfRef(facts.ref) : undefined;
    const main = this.mainCommit;
    const mainTree =
      folder === undefined || main === undefined ? undefined : await this.clone.mirror.reader.treeAt(main, folder);
    return classifyRef(this.layout, facts, mainTree);
  }
}

function signed(object: Commit | Tag): { readonly message: string; readonly by: Signature | undefined } {
  return { message: object.message, by: "committer" in object ? object.committer : object.tagger };
}

function isUnrecordedBranch(facts: RefFacts, moved: ReadonlySet<string>): boolean {
  return facts.trailers === undefined && facts.ref.startsWith("refs/heads/") && !moved.has(facts.ref);
}
