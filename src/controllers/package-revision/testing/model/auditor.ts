import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_CONFIRM_HISTORY } from "../../../../api/v1alpha1/well-known.ts";
import type { ModelContents } from "./contents.ts";
import type { Evidence } from "./evidence.ts";
import { MAIN } from "./mirror.ts";
import { checkPush } from "./push-audit.ts";
import type { Push } from "./remote.ts";

/** An edit that a user made, as long as no later one of the same file took its place. */
interface Edit {
  readonly generation: number;
  readonly text: string;
}

/** What is written down beside the model's simulation, to tell afterwards whether promises were kept. */
export class Auditor {
  readonly #evidence: Evidence;
  /** Contents object → file → the user's last edit of it. */
  readonly #edits = new Map<string, Map<string, Edit>>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /** Packages whose folder on main, or whose tags, others have touched since the operator last wrote the folder. */
  get touched(): Set<string> {
    return this.#evidence.touched;
  }

  noteShown(name: string): void {
    const shown = this.#evidence.shown.get(name) ?? new Set<string>();
    for (const [file, text] of this.#evidence.api.contents(name)?.files ?? []) shown.add(`${file}\n${text}`);
    this.#evidence.shown.set(name, shown);
  }

  noteEdit(name: string, file: string, text: string): void {
    const { uid, generation } = this.#evidence.api.contents(name) ?? {};
    if (uid === undefined || generation === undefined) return;
    const edits = this.#edits.get(uid) ?? new Map<string, Edit>();
    this.#edits.set(uid, edits.set(file, { generation, text }));
  }

  forgetEdit(name: string, file: string): void {
    this.#edits.get(this.#evidence.api.contents(name)?.uid ?? "")?.delete(file);
  }

  noteMainReplaced(): void {
    const main = this.#evidence.remote.refs.get(MAIN)?.commit;
    for (const one of main === undefined ? [] : this.#evidence.remote.history([main]))
      this.#evidence.takenFromMain.add(one);
  }

  /** Objects whose files another user edited since they were to be proposed, by uid. */
  readonly #editedByOthers = new Set<string>();

  noteRequest(name: string): void {
    this.#editedByOthers.delete(this.#evidence.api.revision(name)?.metadata.uid ?? "");
  }

  noteOthersEdit(name: string): void {
    const { metadata, spec } = this.#evidence.api.revision(name) ?? {};
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
    const commits = [...this.#evidence.remote.commits.values()].reverse();
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
    if (was === undefined || now === undefined || this.#evidence.remote.contains(now, was)) return;
    if (metadata.annotations?.[ANNOTATION_CONFIRM_HISTORY]?.startsWith(`${was}..`)) return;
    throw new Error(`${metadata.name} shows ${now}, which has not ${was} in its history`);
  }

  /** Properties of every push. */
  checkPush(push: Push): void {
    checkPush(this.#evidence, push);
  }
}
