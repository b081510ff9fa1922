import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { isLocatedAt, type Layout, locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import { folderOfRef, isForeignBranch, type RefFacts } from "../../../core/repository/classify-ref.ts";
import { isConfirmed, type Rewrite } from "../../../core/repository/history-rewrite.ts";
import { identify } from "../../../core/repository/identify.ts";
import {
  type ChangedRevisions,
  ChangeSet,
  type Discovered,
  type IsLive,
  type PackageIndex,
} from "../../../core/repository/package-index.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import type { Ref } from "../refs/ref-table.ts";
import { AbsorbedBranches } from "./absorbed-branches.ts";
import { classifyRefs } from "./classify-refs.ts";
import { CountedTags } from "./counted-tags.ts";
import type { MainHistory } from "./main-history.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import type { TrustedRepositories } from "./record.ts";
import { gatherRefFacts } from "./ref-facts.ts";
import { emptyIndex, type RefState, updateIndex } from "./update-index.ts";
import { isSameVerification, type Verification } from "./verify-tag.ts";

export interface RefIndexOptions {
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  /** Other Repositories whose records count, as `namespace/name`. */
  readonly trustedRepositories?: readonly string[];
  readonly layout: Layout;
  /** The full name of the branch of published packages. */
  readonly mainRef: string;
  readonly mirror: MirrorReader;
  readonly history: MainHistory;
  /** Which tags count; absent: all. */
  readonly verification?: Verification;
  /** Called with the package revisions that changed in Git; none if only the published branch has moved. */
  readonly onChanged: (changed: ChangedRevisions) => void;
}

/** Recognizes the drafts that a push for this object began. */
export function isBegunBy({ metadata: { uid, deletionTimestamp } }: PackageRevision): IsLive {
  return ({ trailers }) => uid !== undefined && trailers?.uid === uid && deletionTimestamp === undefined;
}

/** Every package revision of one repository, kept up to date from the mirror's refs. */
export class RefIndex {
  readonly repository: string;
  readonly layout: Layout;
  readonly mainRef: string;
  readonly mirror: MirrorReader;
  #packages: PackageIndex;
  #trusted: TrustedRepositories;
  readonly #history: MainHistory;
  readonly #onChanged: RefIndexOptions["onChanged"];
  /** Whether one of these branches is a draft depends on its surroundings. */
  readonly #foreign = new Map<string, RefFacts>();
  #verification: Verification | undefined;
  readonly #counted = new CountedTags();
  readonly #absorbed: AbsorbedBranches;
  /** Refs that have moved since they were classified. */
  #moved: Set<string>;
  readonly #unwatch: () => void;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: RefIndexOptions) {
    const { repository, mirror, trustedRepositories = [] } = options;
    this.repository = repository;
    this.layout = options.layout;
    this.mainRef = options.mainRef;
    this.mirror = mirror;
    this.#packages = emptyIndex(repository);
    this.#trusted = new Set([repository, ...trustedRepositories]);
    this.#history = options.history;
    this.#absorbed = new AbsorbedBranches(mirror.history);
    this.#verification = options.verification;
    this.#onChanged = options.onChanged;
    this.#moved = new Set(mirror.refs().keys());
    this.#unwatch = mirror.watchRefs((ref) => this.#moved.add(ref));
  }

  /** Never half of an update: many changes are applied to a copy, which then replaces it. */
  get packages(): PackageIndex {
    return this.#packages;
  }

  get mainCommit(): Oid | undefined {
    return this.mirror.refs().get(this.mainRef)?.commit;
  }

  /**
   * The commit up to which the published branch was followed; its head unless its history is in doubt or it is deleted.
   */
  get mainFollowed(): Oid | undefined {
    return this.#history.accepted;
  }

  /** The revision or draft that an object stands for. */
  identify(object: PackageRevision): Discovered | undefined {
    const id = object.spec.packageRevID;
    const path = packagePath(this.layout, locationOf(id, this.layout));
    const hasBranch = this.mirror.refs().has(draftRef(path, id.workspace));
    if (!isLocatedAt(this.layout, path, id)) return undefined;
    const found = identify(this.packages.package(path), object, hasBranch);
    return found?.kind === "draft" && this.packages.isLate(found, isBegunBy(object)) ? undefined : found;
  }

  /** Whether the published branch existed once: a remote without it is then not a new one. */
  get hadMain(): boolean {
    return this.mainFollowed !== undefined || this.packages.counts().published > 0;
  }

  /** The commit that the published branch lost from its history, until a user accepts that. */
  get mainLost(): Oid | undefined {
    return this.#history.lost;
  }

  /** The published branch is there and lost a part of its history. */
  get rewrite(): Rewrite | undefined {
    const { mainRef: ref, mainLost: lost, mainCommit: now } = this;
    return lost === undefined || now === undefined ? undefined : { ref, lost, now };
  }

  /** Continues from the history that the published branch has now, if the annotations confirm exactly this rewrite. */
  async acceptHistory(annotations: Readonly<Record<string, string>> | undefined): Promise<void> {
    await this.#inTurn(async () => {
      const { rewrite } = this;
      if (rewrite !== undefined && isConfirmed(rewrite, annotations)) await this.#history.accept(rewrite.now);
    });
  }

  get trusted(): TrustedRepositories {
    return this.#trusted;
  }

  /** With the next `refresh` other records may count. */
  setTrustedRepositories(others: readonly string[]): void {
    const trusted = new Set([this.repository, ...others]);
    if (trusted.symmetricDifference(this.#trusted).size === 0) return;
    this.#trusted = trusted;
    this.forgetFacts();
  }

  get verification(): Verification | undefined {
    return this.#verification;
  }

  /** With the next `refresh` other tags may count. */
  setVerification(verification: Verification | undefined): void {
    if (isSameVerification(this.#verification, verification)) return;
    this.#verification = verification;
    // While the keys cannot be read, what counted before still counts.
    if (verification === undefined || verification.keys !== undefined) this.forgetFacts();
  }

  /** Ends the subscription to the mirror. */
  close(): void {
    this.#unwatch();
  }

  /** Classifies the refs that have moved. One call at a time; cost is proportional to what has moved. */
  async refresh(): Promise<void> {
    await this.#inTurn(() => this.#refresh());
  }

  /** Classifies all refs again with the next `refresh`: other signatures count than before. */
  forgetFacts(): void {
    for (const ref of this.mirror.refs().keys()) this.#moved.add(ref);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#refreshing.then(work);
    this.#refreshing = turn.catch(() => {});
    await turn;
  }

  async #refresh(): Promise<void> {
    if (this.#moved.size === 0) return;
    const moved = this.#moved;
    this.#moved = new Set();
    try {
      await this.#update(moved);
    } catch (error) {
      for (const ref of moved) this.#moved.add(ref);
      throw error;
    }
  }

  async #update(names: ReadonlySet<string>): Promise<void> {
    const { mainCommit } = this;
    if (names.has(this.mainRef)) await this.#history.follow(mainCommit);
    const absorbed = await this.#absorbed.find(mainCommit, this.#foreign.values());
    const moved = absorbed.length === 0 ? names : names.union(new Set(absorbed));
    const { others, deleted, kept } = await this.#lookUp(moved);
    const gathered = await gatherRefFacts(this.mirror, this.mainCommit, kept, {
      repositories: this.#trusted,
      ...(this.#verification !== undefined && { verification: this.#verification }),
    });
    // As they were gathered: a ref may have moved in the meantime.
    const oids = new Map<string, Oid>();
    await forEachInTurns(kept, ({ name, oid }) => oids.set(name, oid));
    const [ownFacts, foreignFacts]: [RefFacts[], RefFacts[]] = [[], []];
    const isHeld = this.#verification !== undefined && this.#verification.keys === undefined;
    await forEachInTurns(gathered, (one) => {
      const facts = this.#counted.decide(one, oids.get(one.ref), isHeld);
      (isForeignBranch(facts) ? foreignFacts : ownFacts).push(facts);
    });
    const folders = new Set<string>();
    await forEachInTurns(others, (name) => {
      const folder = folderOfRef(name);
      if (folder !== undefined) folders.add(folder);
    });
    const packagesBefore = new Set([...folders].filter((folder) => this.packages.isPackage(folder)));
    const own = await classifyRefs(this, ownFacts);
    const changed = new ChangeSet();
    await this.#apply([...deleted.map((ref) => ({ ref })), ...own.map((now) => ({ ref: now.ref, now }))], changed);
    for (const name of deleted) {
      this.#foreign.delete(name);
      this.#counted.delete(name);
    }
    await forEachInTurns(ownFacts, (one) => void this.#foreign.delete(one.ref));
    await forEachInTurns(foreignFacts, (one) => this.#foreign.set(one.ref, one));
    // Whether a foreign branch is a draft depends on main, and on the tags and drafts of its folder. A draft on which
    // others have pushed since is no longer one of the operator's.
    const nowForeign = new Set(foreignFacts.map(({ ref }) => ref));
    const isAffected = ({ ref, commit }: RefFacts) => {
      const folder = folderOfRef(ref);
      if (folder === undefined || !folders.has(folder)) return false;
      const { packages } = this;
      return (
        packagesBefore.has(folder) !== packages.isPackage(folder, nowForeign) ||
        packages.isAlreadyPublished(ref) !== packages.isPublished(folder, commit)
      );
    };
    const foreign: RefFacts[] = [];
    await forEachInTurns(this.#foreign.values(), (one) => {
      if (moved.has(one.ref) || moved.has(this.mainRef) || isAffected(one)) foreign.push(one);
    });
    await this.#apply(
      (await classifyRefs(this, foreign, nowForeign)).map((now) => ({ ref: now.ref, now })),
      changed,
    );
    this.#absorbed.accept(mainCommit);
    const { revisions } = changed;
    if (revisions.size > 0 || moved.has(this.mainRef)) this.#onChanged(revisions);
  }

  /** The refs of these names but the published branch; each is looked up once, since they move between turns. */
  async #lookUp(names: ReadonlySet<string>): Promise<{
    readonly others: readonly string[];
    readonly deleted: readonly string[];
    readonly kept: readonly Ref[];
  }> {
    const [others, deleted, kept]: [string[], string[], Ref[]] = [[], [], []];
    const refs = this.mirror.refs();
    await forEachInTurns(names, (name) => {
      if (name === this.mainRef) return;
      const ref = refs.get(name);
      others.push(name);
      if (ref === undefined) deleted.push(name);
      else kept.push(ref);
    });
    return { others, deleted, kept };
  }

  async #apply(states: readonly RefState[], changed: ChangeSet): Promise<void> {
    this.#packages = await updateIndex(this.#packages, this.repository, states, changed);
  }
}
