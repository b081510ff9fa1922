import type {
  PackageRevision,
  PackageRevisionSpec,
  PackageRevisionStatus,
} from "../../../../api/v1alpha1/package-revision.ts";
import {
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_CONFIRM_HISTORY,
  ANNOTATION_PROPOSED_BY,
} from "../../../../api/v1alpha1/well-known.ts";
import { canonicalJson } from "../../../../core/identity/canonical-json.ts";
import { type Files, sameFiles } from "./trees.ts";

/** A contents object, of one page: how several are kept is for other tests. */
export interface ModelContents {
  readonly uid: string;
  readonly owner: string;
  readonly files: Files;
  readonly generation: number;
  readonly acknowledged: number;
  readonly frozen: boolean;
  readonly commit?: string;
  readonly error?: string;
}

/** What the operator says of one in its status; undefined: no more. */
export interface ContentsNote {
  readonly acknowledged?: number;
  readonly frozen?: boolean;
  readonly commit?: string;
  readonly error?: string | undefined;
}

/** Everything that the API server holds: replaced as a whole at every write, so that a backup is a reference. */
export interface Stored {
  readonly revisions: ReadonlyMap<string, PackageRevision>;
  readonly contents: ReadonlyMap<string, ModelContents>;
  /** Of the Repository: `status.commit`, and its annotations. */
  readonly repository: { readonly commit?: string; readonly annotations: Readonly<Record<string, string>> };
}

/** Who looks at what the operator writes. */
export interface ApiWatch {
  /** It has said something of a contents object. */
  readonly onNoted: (name: string) => void;
  /** It has written a status; `before`: the object until then. */
  readonly onStatus: (before: PackageRevision, status: PackageRevisionStatus) => void;
}

/** What an approver has agreed to. */
export interface Approval {
  readonly name: string;
  readonly digest: string;
}

/** Thrown where the real API server answers 409: the object was changed since it was read, or is not there. */
export class ModelConflict extends Error {
  override readonly name = "ModelConflict";
}

/** The API server with its CRD rules and admission policies, as far as the lifecycle goes. */
export class ModelApi {
  stored: Stored = { revisions: new Map(), contents: new Map(), repository: { annotations: {} } };
  /** Writes that changed something. */
  writes = 0;
  readonly approvals: Approval[] = [];
  readonly #watch: ApiWatch;
  #uids = 0;

  constructor(watch: ApiWatch) {
    this.#watch = watch;
  }

  revision(name: string): PackageRevision | undefined {
    return this.stored.revisions.get(name);
  }

  contents(name: string): ModelContents | undefined {
    return this.stored.contents.get(name);
  }

  createRevision(name: string, object: Pick<PackageRevision, "apiVersion" | "kind" | "metadata" | "spec">): boolean {
    if (this.revision(name) !== undefined) return false;
    const metadata = { ...object.metadata, uid: this.#uid(), generation: 1 };
    this.#put("revisions", name, { ...object, metadata });
    return true;
  }

  /** A merge patch by anybody; a changed spec is a new generation. */
  patchRevision(
    name: string,
    changes: {
      readonly spec?: Partial<Record<keyof PackageRevisionSpec, unknown>>;
      readonly labels?: Readonly<Record<string, string | null>>;
      readonly annotations?: Readonly<Record<string, string | null>>;
      readonly deletionTimestamp?: string;
    },
  ): PackageRevision {
    const old = this.revision(name);
    if (old === undefined) throw new ModelConflict(name);
    const spec = mergePatch(old.spec, changes.spec ?? {}) as PackageRevisionSpec;
    const labels = mergePatch(old.metadata.labels ?? {}, changes.labels ?? {}) as Record<string, string>;
    const annotations = mergePatch(old.metadata.annotations ?? {}, changes.annotations ?? {}) as Record<string, string>;
    const newer = canonicalJson(spec) === canonicalJson(old.spec) ? 0 : 1;
    const { deletionTimestamp } = changes;
    const metadata = {
      ...old.metadata,
      labels,
      annotations,
      generation: (old.metadata.generation ?? 0) + newer,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    };
    const now = { ...old, metadata, spec };
    if (
      canonicalJson(now) !==
      canonicalJson({
        ...old,
        metadata: { ...old.metadata, labels: old.metadata.labels ?? {}, annotations: old.metadata.annotations ?? {} },
      })
    )
      this.#put("revisions", name, now);
    return now;
  }

  /** `uid`: of the object that the writer means. */
  patchStatus(name: string, uid: string | undefined, changes: Partial<Record<keyof PackageRevisionStatus, unknown>>) {
    const old = this.revision(name);
    if (old === undefined || old.metadata.uid !== uid) throw new ModelConflict(name);
    const status = mergePatch(old.status ?? {}, changes) as unknown as PackageRevisionStatus;
    if (canonicalJson(status) === canonicalJson(old.status ?? {})) return;
    this.#put("revisions", name, { ...old, status });
    this.#watch.onStatus(old, status);
  }

  removeRevision(name: string, uid: string | undefined): void {
    if (this.revision(name)?.metadata.uid !== uid) return;
    this.#put("revisions", name, undefined);
  }

  createContents(name: string, owner: string, files: Files): ModelContents {
    const made = { uid: this.#uid(), owner, files, generation: 1, acknowledged: -1, frozen: true };
    this.#put("contents", name, made);
    return made;
  }

  /** A write to the spec: by a user, or (with `seen`) a replace by the operator of the version it has read. */
  writeFiles(name: string, files: Files, seen?: ModelContents): ModelContents {
    const old = this.contents(name);
    if (old === undefined || (seen !== undefined && old !== seen)) throw new ModelConflict(name);
    if (sameFiles(files, old.files)) return old;
    if (old.frozen) throw new Error(`${name} is frozen: the CRD's rule refuses this write`);
    const now = { ...old, files, generation: old.generation + 1 };
    this.#put("contents", name, now);
    return now;
  }

  noteContents(name: string, uid: string, note: ContentsNote): ModelContents {
    const old = this.contents(name);
    if (old === undefined || old.uid !== uid) throw new ModelConflict(name);
    const now = Object.fromEntries(
      Object.entries({ ...old, ...note }).filter(([, value]) => value !== undefined),
    ) as unknown as ModelContents;
    const entries = (one: object) => Object.entries(one).filter(([key]) => key !== "files");
    if (JSON.stringify(entries(now).sort()) === JSON.stringify(entries(old).sort())) return old;
    this.#put("contents", name, now);
    this.#watch.onNoted(name);
    return now;
  }

  removeContents(name: string): void {
    if (this.contents(name) !== undefined) this.#put("contents", name, undefined);
  }

  patchRepository(changes: {
    readonly commit?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }): void {
    const old = this.stored.repository;
    const now = { ...old, ...changes, annotations: { ...old.annotations, ...changes.annotations } };
    if (canonicalJson(now) === canonicalJson(old)) return;
    this.stored = { ...this.stored, repository: now };
    this.writes++;
  }

  #put<K extends "revisions" | "contents">(
    kind: K,
    name: string,
    value: (K extends "revisions" ? PackageRevision : ModelContents) | undefined,
  ): void {
    const all = new Map<string, PackageRevision | ModelContents>(this.stored[kind]);
    if (value === undefined) all.delete(name);
    else all.set(name, value);
    this.stored = { ...this.stored, [kind]: all };
    this.writes++;
  }

  #uid(): string {
    return `uid-${++this.#uids}`;
  }
}

function mergePatch(value: object, changes: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...value };
  for (const [key, change] of Object.entries(changes)) {
    if (change === null || change === undefined) delete result[key];
    else if (key === "packageRevID") result[key] = { ...(result[key] as object), ...(change as object) };
    else result[key] = change;
  }
  return result;
}

/** What people do with kubectl, held to the admission policies; false: refused. */
export class ModelUser {
  readonly #api: ModelApi;

  constructor(api: ModelApi) {
    this.#api = api;
  }

  edit(name: string, change: (files: Files) => Files): boolean {
    const contents = this.#api.contents(name);
    if (contents === undefined || contents.frozen) return false;
    const files = change(contents.files);
    if (files.size === 0) return false;
    this.#api.writeFiles(name, files);
    return true;
  }

  wish(name: string, wish: "draft" | "proposed"): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    const was = spec?.lifecycle ?? "draft";
    const done = status?.lifecycle ?? "draft";
    const takesBack = was === "published" && (status?.waitingFor ?? []).length > 0 && !isSettled(done);
    if (spec === undefined || was === wish || !(was === "draft" || was === "proposed" || takesBack)) return false;
    const annotations = wish === "proposed" ? { [ANNOTATION_PROPOSED_BY]: "ann" } : {};
    this.#api.patchRevision(name, { spec: { lifecycle: wish, approval: null }, annotations });
    return true;
  }

  approve(name: string): boolean {
    const object = this.#api.revision(name);
    const { spec, status, metadata } = object ?? {};
    const digest = status?.proposal?.digest;
    const isCurrent = status?.observedGeneration === metadata?.generation;
    if (spec?.lifecycle !== "proposed" || status?.lifecycle !== "proposed" || !isCurrent || digest === undefined)
      return false;
    this.#api.patchRevision(name, { spec: { lifecycle: "published", approval: { digest, by: "bob" } } });
    this.#api.approvals.push({ name, digest });
    return true;
  }

  /** An approval of something else, by somebody who is held to no policy. */
  misapprove(name: string): void {
    const digest = `sha256:${"0".repeat(64)}`;
    if (this.#api.revision(name)?.spec.lifecycle !== "proposed") return;
    this.#api.patchRevision(name, { spec: { lifecycle: "published", approval: { digest, by: "eve" } } });
  }

  /** Proposes the deletion of what is published, or takes that back. */
  wishDeletion(name: string, wish: "deletionProposed" | "published"): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    const was = spec?.lifecycle;
    if (!isSettled(status?.lifecycle) || !isSettled(was) || was === wish) return false;
    this.#api.patchRevision(name, { spec: { lifecycle: wish } });
    return true;
  }

  delete(name: string): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    const isPublished =
      (spec?.lifecycle === "published" && status?.lifecycle !== undefined) || isSettled(status?.lifecycle);
    if (spec === undefined || (isPublished && spec.lifecycle !== "deletionProposed")) return false;
    this.#api.patchRevision(name, { deletionTimestamp: "2025-01-02T03:04:05Z" });
    return true;
  }

  label(name: string, value: string): void {
    if (this.#api.revision(name) !== undefined) this.#api.patchRevision(name, { labels: { team: value } });
  }

  confirmBase(name: string, values: readonly string[]): void {
    if (this.#api.revision(name) === undefined) return;
    this.#api.patchRevision(name, { annotations: { [ANNOTATION_CONFIRM_BASE]: values.join(",") } });
  }

  confirmHistory(name: string, rewrite: string): void {
    if (this.#api.revision(name) === undefined) return;
    this.#api.patchRevision(name, { annotations: { [ANNOTATION_CONFIRM_HISTORY]: rewrite } });
  }
}

export function isSettled(lifecycle: string | undefined): boolean {
  return lifecycle === "published" || lifecycle === "deletionProposed";
}
