import type { UpstreamLock } from "../../../api/v1alpha1/package-revision-status.ts";
import { outgoingLinks } from "../../../core/files/outgoing-links.ts";
import { type PackageFile, showFiles } from "../../../core/files/package-file.ts";
import { classifyLinks } from "../../../core/files/symlinks.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import type { FileToWrite, OwnTree, PackageStore, Upstream } from "../../../core/ports/package-store.ts";
import { CONTEXT_PATH, type Identity, moveContext } from "../../../core/revision/package-context.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { RevisionScope } from "../scope.ts";

/** The first files of a draft. */
export interface FirstFiles {
  readonly files: readonly FileToWrite[] | OwnTree;
  /** The bytes of a tree. */
  readonly size?: number;
  /** Completes the subject of the first commit. */
  readonly subject: string;
  readonly lock?: UpstreamLock;
  /** The commit of the repository's own published branch, if the files are taken from there. */
  readonly mainCommit?: Oid;
}

/** Throws for a Repository that was closed in the meantime. */
export function storeOf(
  { registry }: RevisionScope["dependencies"],
  { metadata: { namespace } }: RevisionScope["object"],
  { repository }: Pick<Upstream, "repository">,
): PackageStore {
  const store = registry.get(`${namespace}/${repository}`)?.store;
  if (store === undefined) throw new Error(`Repository ${repository} was closed in the meantime`);
  return store;
}

/** Throws `StalledError` for links that lead out of the repository. */
export function assertNoOutgoingLinks(path: string, files: readonly PackageFile[]): void {
  const outgoing = outgoingLinks(showFiles(files, classifyLinks(path, files)).hidden);
  if (outgoing !== undefined) throw new StalledError({ reason: outgoing.reason, retry: "never" }, outgoing.message);
}

/** The context is rewritten for the new package; every other file is copied as it is. */
export function moveFile<T extends FileToWrite>(file: T, from: Identity, to: Identity): T {
  if (file.path !== CONTEXT_PATH || file.bytes === undefined || file.mode === "120000") return file;
  const bytes = moveContext(file.bytes, from, to);
  return bytes === undefined ? file : { ...file, bytes, oid: blobOid(bytes, objectFormatOf(file.oid)) };
}
