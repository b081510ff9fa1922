import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { type ShownPackage, showFiles } from "../../../../core/files/package-file.ts";
import { canonicalJson } from "../../../../core/identity/canonical-json.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import type { RevisionView } from "../../../../core/revision/observation.ts";
import type { AppliedRefs, GitChange } from "../../../../storage/git/push/change.ts";
import { type ContentsNote, type ModelApi, ModelConflict, type ModelContents } from "./api.ts";
import { ModelMirror } from "./mirror.ts";
import type { ModelRef, ModelRemote } from "./remote.ts";
import type { Steps } from "./results.ts";
import { asFiles, textOf } from "./trees.ts";
import { ownFiles, viewOf } from "./view.ts";

/** As many times a push is planned again while others push. */
const TRIES = 10;

/** One process of the operator: what it knows, and the effects it has; each is a place to be killed at, or overtaken. */
export class ModelProcess {
  readonly api: ModelApi;
  readonly remote: ModelRemote;
  readonly mirror: ModelMirror;
  readonly tagOnly: boolean;
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
    options: { readonly tagOnly: boolean; readonly before?: { readonly mirror: ModelMirror } | undefined },
  ) {
    this.api = api;
    this.remote = remote;
    this.tagOnly = options.tagOnly;
    this.mirror = new ModelMirror(remote, options.before, api.stored.repository.commit);
  }

  /** The writer fetches, too: what was planned is pushed before anything else is learned. */
  *fetch(): Steps<void> {
    while (this.#writing) yield;
    this.mirror.fetch();
  }

  /** Plans on the mirror, pushes under leases, and plans again where the remote has moved; one after the other. */
  *push(object: PackageRevision, plan: (git: RevisionView) => GitChange | undefined): Steps<AppliedRefs | undefined> {
    while (this.#writing) yield;
    this.#writing = true;
    try {
      for (let left = TRIES; left > 0; left--) {
        const change = plan(viewOf(this.mirror, object));
        if (change === undefined) return undefined;
        const leases = this.mirror.refs;
        yield;
        const pushed = this.remote.push(change, leases);
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

  read(commit: Oid, view: RevisionView): ShownPackage {
    return showFiles(asFiles(ownFiles(this.mirror, commit, view), commit));
  }

  readContents(object: PackageRevision): ModelContents | undefined {
    const page = this.api.contents(object.metadata.name);
    if (page !== undefined) this.remember(page);
    return page;
  }

  *createContents(
    object: PackageRevision,
    read: ShownPackage,
    note: { readonly frozen: boolean; readonly commit: Oid },
  ): Steps<void> {
    const { name, uid = "" } = object.metadata;
    const files = new Map(
      read.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, textOf(bytes)]])),
    );
    yield;
    const present = this.api.contents(name);
    const same = present?.owner === uid && canonicalJson([...present.files]) === canonicalJson([...files]);
    if (present !== undefined && !same) this.api.removeContents(name);
    const page = present !== undefined && same ? present : this.api.createContents(name, uid, files);
    yield;
    if (note.frozen) this.remember(page);
    else this.note(page, note);
  }

  *rewrite(page: ModelContents, read: ShownPackage, note: ContentsNote): Steps<void> {
    const name = this.nameOf(page);
    const files = new Map(
      read.files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, textOf(bytes)]])),
    );
    yield;
    const now = this.api.writeFiles(name, files, page);
    yield;
    this.note(now, note);
  }

  /** Acknowledges the generation that was read, unless that is not known to be in Git. */
  note(page: ModelContents, note: ContentsNote, acknowledge = true): ModelContents {
    const acknowledged = acknowledge ? { acknowledged: page.generation } : {};
    const noted = this.api.noteContents(this.nameOf(page), page.uid, { ...note, ...acknowledged });
    this.remember(noted);
    return noted;
  }

  /** What is open already is not written, and stays as it was read: so that an edit made meanwhile is a conflict. */
  unfreeze(page: ModelContents): ModelContents {
    return page.frozen ? this.api.noteContents(this.nameOf(page), page.uid, { frozen: false }) : page;
  }

  nameOf(page: ModelContents): string {
    const [name = ""] = [...this.api.stored.contents].find(([, one]) => one.uid === page.uid) ?? [];
    return name;
  }

  forgetWrites(): void {
    this.#known.clear();
  }

  remember({ uid, generation, acknowledged, frozen, error }: ModelContents): void {
    this.#known.set(uid, {
      acknowledged: frozen && generation === 1 ? 1 : acknowledged,
      frozen,
      refused: error !== undefined,
    });
  }

  isSettled(object: PackageRevision): boolean {
    const page = this.api.contents(object.metadata.name);
    const known = this.#known.get(page?.uid ?? "");
    return page !== undefined && known?.frozen === false && !known.refused && known.acknowledged >= page.generation;
  }
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
