import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../../../api/v1alpha1/package-revision-status.ts";
import {
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_CONFIRM_HISTORY,
  ANNOTATION_DELETE_BRANCH,
} from "../../../../api/v1alpha1/well-known.ts";
import { contentDigest } from "../../../../core/files/package-file.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import { objectName } from "../../../../core/identity/names.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { parseRef, revisionRef, tombstoneRef } from "../../../../core/identity/refs.ts";
import { compareRevisions, latestRevision, parseRevision } from "../../../../core/identity/revision.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import { proposalDigest } from "../../../../core/revision/proposal-digest.ts";
import type { ModelApi } from "./api.ts";
import type { ModelContents } from "./contents.ts";
import { MAIN } from "./mirror.ts";
import { pathOf } from "./paths.ts";
import { BY_US, type ModelRemote, type Push } from "./remote.ts";
import { asFiles, type Files, filesIn, sameFiles } from "./trees.ts";

/** An edit that a user made, as long as no later one of the same file took its place. */
interface Edit {
  readonly generation: number;
  readonly text: string;
}

/** The packages that there may be. */
export const PATHS = ["a", "b", "a/sub"] as const;

/** What is written down beside the model's world, to tell afterwards whether promises were kept. */
export class Auditor {
  readonly #api: ModelApi;
  readonly #remote: ModelRemote;
  /** Packages below a folder, as the operator knows them. */
  readonly #nested: (path: string) => readonly string[];
  readonly #isKnown: (ref: string) => boolean;
  /** Proposals, by their commit and object, that were published. */
  readonly #published = new Set<string>();
  /** Packages whose folder on main, or whose tags, others have touched since the operator last wrote the folder. */
  readonly touched = new Set<string>();
  /** Contents object → file → the user's last edit of it. */
  readonly #edits = new Map<string, Map<string, Edit>>();

  constructor(
    api: ModelApi,
    remote: ModelRemote,
    operator: { readonly nested: (path: string) => readonly string[]; readonly isKnown: (ref: string) => boolean },
  ) {
    this.#api = api;
    this.#remote = remote;
    this.#nested = operator.nested;
    this.#isKnown = operator.isKnown;
  }

  /** Files that a contents object has shown, by the object's name: `path` and text. */
  readonly #shown = new Map<string, Set<string>>();

  noteShown(name: string): void {
    const shown = this.#shown.get(name) ?? new Set<string>();
    for (const [file, text] of this.#api.contents(name)?.files ?? []) shown.add(`${file}\n${text}`);
    this.#shown.set(name, shown);
  }

  noteEdit(name: string, file: string, text: string): void {
    const { uid, generation } = this.#api.contents(name) ?? {};
    if (uid === undefined || generation === undefined) return;
    const edits = this.#edits.get(uid) ?? new Map<string, Edit>();
    this.#edits.set(uid, edits.set(file, { generation, text }));
  }

  forgetEdit(name: string, file: string): void {
    this.#edits.get(this.#api.contents(name)?.uid ?? "")?.delete(file);
  }

  /** Commits of main's history when others deleted or rewrote it, which the operator may not know yet. */
  readonly #takenFromMain = new Set<Oid>();

  noteMainReplaced(): void {
    const main = this.#remote.refs.get(MAIN)?.commit;
    for (const one of main === undefined ? [] : this.#remote.history([main])) this.#takenFromMain.add(one);
  }

  /** Objects whose files another user edited since they were to be proposed, by uid. */
  readonly #editedByOthers = new Set<string>();

  noteRequest(name: string): void {
    this.#editedByOthers.delete(this.#api.revision(name)?.metadata.uid ?? "");
  }

  noteOthersEdit(name: string): void {
    const { metadata, spec } = this.#api.revision(name) ?? {};
    if (metadata?.uid !== undefined && spec?.lifecycle === "proposed") this.#editedByOthers.add(metadata.uid);
  }

  /** Law: a request to propose is for what there was: it covers no later edit of another user. */
  checkProposed({ metadata, status: before }: PackageRevision, status: PackageRevisionStatus): void {
    if (before?.lifecycle !== "draft" || status.lifecycle !== "proposed") return;
    if (this.#editedByOthers.has(metadata.uid ?? ""))
      throw new Error(`${metadata.name} was proposed with a later edit of another user`);
  }

  /** A restored backup has none of the later requests and edits. */
  forgetRequests(): void {
    this.#editedByOthers.clear();
  }

  /** What was edited after a backup is not there any more once that was restored. */
  forgetAfter({ uid, generation }: ModelContents): void {
    const edits = this.#edits.get(uid) ?? new Map<string, Edit>();
    for (const [file, edit] of [...edits]) if (edit.generation > generation) edits.delete(file);
  }

  /** Law: what a generation that is acknowledged has is in Git. */
  checkAcknowledged(name: string, path: string, page: ModelContents, isPublished: boolean): void {
    const commits = [...this.#remote.commits.values()].reverse();
    const isInGit = (file: string, text: string) => commits.some((one) => one.files.get(`${path}/${file}`) === text);
    if (page.acknowledged === page.generation) {
      for (const [file, text] of page.files) {
        if (!isInGit(file, text))
          throw new Error(`${name}: ${file} of generation ${page.generation} is acknowledged and in no commit`);
      }
    }
    // A tag that others made of the draft's branch has come first: edits come too late then.
    if (isPublished) return;
    for (const [file, { generation, text }] of this.#edits.get(page.uid) ?? []) {
      if (generation > page.acknowledged || isInGit(file, text)) continue;
      throw new Error(`${name}: the edit ${text} of ${file} is acknowledged and in no commit`);
    }
  }

  /** Law: what a draft shows leads on from what it showed before, unless somebody has accepted another history. */
  checkShown({ metadata, status: before }: PackageRevision, status: PackageRevisionStatus): void {
    const [was, now] = [before?.commit, status.commit];
    if (before?.lifecycle === "published" && status.lifecycle === "published" && was !== now) {
      throw new Error(`${metadata.name} is published at ${was}, and now shows ${now}`);
    }
    if (before?.lifecycle !== "draft" || status.lifecycle === "published") return;
    if (was === undefined || now === undefined || this.#remote.contains(now, was)) return;
    if (metadata.annotations?.[ANNOTATION_CONFIRM_HISTORY]?.startsWith(`${was}..`)) return;
    throw new Error(`${metadata.name} shows ${now}, which has not ${was} in its history`);
  }

  /** Laws of every push. */
  checkPush(push: Push): void {
    this.#checkNothingLost(push);
    this.#checkDrafts(push);
    this.#checkTags(push);
    this.#checkMain(push);
  }

  #checkNothingLost({ change, before, after }: Push): void {
    const remote = this.#remote;
    const lost = remote.reachable(before).difference(remote.reachable(after));
    if (lost.size === 0) return;
    const [step, ...others] = change.steps;
    const head = before.get(step?.ref ?? "")?.commit;
    // What others have pushed goes only if the deletion names the branch's very commit, or after they took it from main.
    const isOwn = [...lost].every((one) => remote.commits.get(one)?.author === BY_US || this.#takenFromMain.has(one));
    const goes = this.#api
      .revisions()
      .some(
        ({ metadata, status }) =>
          metadata.deletionTimestamp !== undefined &&
          ((isOwn && status?.commit === head) || metadata.annotations?.[ANNOTATION_DELETE_BRANCH] === head),
      );
    if (step?.kind === "delete" && step.ref.startsWith("refs/heads/") && others.length === 0 && goes) return;
    throw new Error(`a push lost ${[...lost].join(", ")}: ${JSON.stringify(change.steps.map((one) => one.ref))}`);
  }

  /** Law: a commit on a draft's branch undoes no external change that the contents object has never shown. */
  #checkDrafts({ change, before, after }: Push): void {
    for (const step of change.steps) {
      const [was, now] = [before.get(step.ref)?.commit, after.get(step.ref)?.commit];
      if (step.kind !== "commit" || step.ref === MAIN || was === undefined) continue;
      // A draft begins with the files that its creator asked for, also on a branch that was no draft.
      if (step.commit.message.startsWith("Start ")) continue;
      const [path = ""] = change.claims;
      const own = (commit: Oid | undefined) => filesIn(this.#remote.filesAt(commit), path, this.#nested(path));
      const files = own(now);
      const name = this.#objectOf(path, step.commit.message)?.metadata.name ?? "";
      for (const [file, text] of own(was)) {
        if (files.get(file) === text || this.#shown.get(name)?.has(`${file}\n${text}`)) continue;
        throw new Error(`${step.ref}: a commit undid an external change of ${file} that ${name} has never shown`);
      }
    }
  }

  #checkTags({ change, before, after }: Push): void {
    for (const [ref, was] of before) {
      const name = parseRef(ref);
      if (name.kind !== "tag" && name.kind !== "tombstone") continue;
      if (after.get(ref)?.oid === was.oid) continue;
      const stone = name.kind === "tag" ? after.get(tombstoneRef(name.folder, name.leaf)) : undefined;
      if (after.has(ref) || stone?.commit !== was.commit)
        throw new Error(`${ref} was moved, or went without a tombstone`);
    }
    for (const [ref, { commit, message = "" }] of after) {
      const name = parseRef(ref);
      if (name.kind !== "tag" || before.has(ref)) continue;
      this.#checkNumber(name.folder, name.leaf, before);
      this.#checkApproved(name.folder, commit, message);
      this.#checkBase(name.folder, name.leaf, message, before);
      this.#checkOthers(ref, name.folder, commit, before);
      if (!change.claims.includes(name.folder)) throw new Error(`${ref} is not among the claims`);
    }
  }

  #checkNumber(path: string, revision: string, before: Push["before"]): void {
    // A tag that others push in that very moment is not known yet, and has its own number.
    const inGit = [...before.keys()].filter(this.#isKnown).flatMap((ref) => {
      const name = parseRef(ref);
      if (name.kind !== "tag" && name.kind !== "tombstone") return [];
      return name.folder === path ? [name.kind === "tag" ? name.leaf : name.revision] : [];
    });
    const known = this.#api.revisions().flatMap((one) => (pathOf(one) === path ? (one.status?.revision ?? []) : []));
    const newest = latestRevision([...inGit, ...known].filter((one) => parseRevision(one) !== undefined));
    if (newest === undefined || compareRevisions(revision, newest) > 0) return;
    throw new Error(`${path} ${revision} was published, though ${newest} was there before`);
  }

  /** Law: what was published since a draft began is never undone unseen. */
  #checkBase(path: string, revision: string, message: string, before: Push["before"]): void {
    const latest = this.#latestOf(path, [...before.keys()].filter(this.#isKnown), before);
    const object = this.#objectOf(path, message);
    if (latest === undefined || object === undefined || object.status?.base?.revision === latest) return;
    if (confirmations(object).includes(latest)) return;
    throw new Error(`${path} ${revision} was published beside ${latest}, which it was not made from`);
  }

  /** Law: a tagged tree differs from the state of main that it is based on in nothing but the package's own files. */
  #checkOthers(ref: string, path: string, commit: Oid, before: Push["before"]): void {
    const remote = this.#remote;
    const nested = this.#nested(path);
    const isOwn = (file: string) => isBelow(file, path) && !nested.some((one) => isBelow(file, one) || file === one);
    const others = (at?: Oid) => new Map([...remote.filesAt(at)].filter(([file]) => !isOwn(file)));
    const onMain = remote.history([before.get(MAIN)?.commit ?? ""]);
    const history = [...remote.history([commit])];
    const common = history.filter((one) => onMain.has(one));
    // The operator may know the main of a moment ago.
    const earlier = history.filter((one) => this.#takenFromMain.has(one));
    const bases = [...(common.length === 0 ? [undefined] : common), ...earlier];
    if (bases.some((base) => sameFiles(others(base), others(commit)))) return;
    throw new Error(`${ref} has files outside of its package that main did not have: ${[...others(commit).keys()]}`);
  }

  #checkApproved(path: string, commit: Oid, message: string): void {
    const trailers = parseCommitMetadata(message);
    if (trailers === undefined) throw new Error(`${path}: a tag without a trailers`);
    const name = objectName("blue", { package: path.split("/").at(-1) ?? "", ...realmOf(path) }, trailers.workspace);
    const files = asFiles(filesIn(this.#remote.filesAt(commit), path, this.#nested(path)), commit);
    const contents = contentDigest(files);
    const gates = trailers.metadata.spec?.readinessGates ?? [];
    if (gates.length > 0 && !this.#api.passed.has(`${name} ${contents}`)) {
      throw new Error(`${name} was published with ${contents}, which no gate has passed`);
    }
    const digest = proposalDigest(contents, trailers.metadata);
    if (!this.#api.approvals.some((one) => one.name === name && one.digest === digest)) {
      throw new Error(`${name} was published with ${digest}, which nobody approved`);
    }
    const once = `${name} ${commit}`;
    if (this.#published.has(once)) throw new Error(`${name} was published twice at ${commit}`);
    this.#published.add(once);
  }

  #checkMain({ change, before, after }: Push): void {
    const [was, now] = [before.get(MAIN)?.commit, after.get(MAIN)?.commit];
    if (was === now || now === undefined) return;
    const remote = this.#remote;
    const [path = ""] = change.claims;
    const { parents = [] } = remote.commits.get(now) ?? {};
    if (parents.length !== (was === undefined ? 0 : 1) || parents[0] !== was) throw new Error("main is not linear");
    const nested = this.#nested(path);
    const isOwn = (file: string) => isBelow(file, path) && !nested.some((one) => isBelow(file, one) || file === one);
    const others = (files: Files) => new Map([...files].filter(([file]) => !isOwn(file)));
    if (!sameFiles(others(remote.filesAt(was)), others(remote.filesAt(now)))) {
      throw new Error(`a push for ${path} changed something else on main`);
    }
    this.#checkReplaced(path, { change, before, after });
    this.touched.delete(path);
    for (const folder of PATHS) if (isBelow(path, folder) || isBelow(folder, path)) this.touched.add(folder);
  }

  /**
   * Law: what is replaced on main is a revision's (or what we put there of it), what the draft began from, or was
   * confirmed or merged.
   */
  #checkReplaced(path: string, { change, before }: Push): void {
    const remote = this.#remote;
    const own = (commit: Oid | undefined) => filesIn(remote.filesAt(commit), path, this.#nested(path));
    const was = own(before.get(MAIN)?.commit);
    const tag = change.steps.find((one) => one.kind === "tag");
    const gone = change.steps.find((one) => one.kind === "delete" && parseRef(one.ref).kind === "tag");
    if (gone !== undefined) {
      const revision = own(before.get(gone.ref)?.commit);
      const isPart = [...was].every(([file, text]) => revision.get(file) === text);
      if (sameFiles(was, revision) || (isPart && this.#lastAuthor(before.get(MAIN)?.commit, own) === BY_US)) return;
      throw new Error(`a deletion replaced what is not that revision on main`);
    }
    if (tag === undefined) throw new Error(`main was changed for ${path} without a tag`);
    const object = this.#objectOf(path, tag.message);
    const { base } = object?.status ?? {};
    const latest = this.#latestOf(path, [...before.keys()], before);
    const known = [
      latest === undefined ? undefined : before.get(revisionRef(path, latest))?.commit,
      tag.target,
      base?.mainCommit,
      base?.revision === undefined ? undefined : before.get(revisionRef(path, base.revision))?.commit,
    ];
    if (was.size === 0 || known.some((commit) => commit !== undefined && sameFiles(own(commit), was))) return;
    const confirmed = object === undefined ? [] : confirmations(object);
    const onMain = remote.history([before.get(MAIN)?.commit ?? ""]);
    if (confirmed.some((one) => onMain.has(one))) return;
    const merged = [...remote.history([tag.target])].some((one) => onMain.has(one) && sameFiles(own(one), was));
    if (!merged) throw new Error(`a publication of ${path} undid what others have on main`);
  }

  #lastAuthor(commit: Oid | undefined, own: (commit: Oid) => Files): string | undefined {
    const last = commit === undefined ? undefined : this.#remote.commits.get(commit);
    const same = last?.parents.find((one) => sameFiles(own(one), own(last.id)));
    return same === undefined ? last?.author : this.#lastAuthor(same, own);
  }

  /** Without the package's folder in it, a tag is no revision. */
  #latestOf(path: string, refs: readonly string[], at: Push["before"]): string | undefined {
    const revisions = refs.flatMap((ref) => {
      const name = parseRef(ref);
      const isRevision = name.kind === "tag" && name.folder === path && parseRevision(name.leaf) !== undefined;
      return isRevision && this.#remote.treeAt(at.get(ref)?.commit ?? "", path) !== undefined ? [name.leaf] : [];
    });
    return latestRevision(revisions);
  }

  /** The package revision that a tag's message speaks of. */
  #objectOf(path: string, message: string): PackageRevision | undefined {
    const { workspace } = parseCommitMetadata(message) ?? {};
    return this.#api.revisions().find((one) => one.spec.packageRevID.workspace === workspace && pathOf(one) === path);
  }
}

function confirmations({ metadata }: PackageRevision): readonly string[] {
  return metadata.annotations?.[ANNOTATION_CONFIRM_BASE]?.split(",") ?? [];
}

function realmOf(path: string): { readonly realm?: string } {
  const parts = path.split("/").slice(0, -1);
  return parts.length === 0 ? {} : { realm: parts.join("/") };
}
