import type { AuditEntry, SignatureFacts } from "../../../core/audit/audit-entry.ts";
import { auditTag, type CommitFacts, type TagFacts } from "../../../core/audit/audit-tag.ts";
import { contentDigest } from "../../../core/files/package-file.ts";
import { compare } from "../../../core/identity/compare.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { parseRef } from "../../../core/identity/refs.ts";
import { compareRevisions, parseRevision } from "../../../core/identity/revision.ts";
import { type CommitMetadata, parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { GitError } from "../errors.ts";
import { MAX_COMMIT_BYTES, type ObjectReader } from "../objects/object-reader.ts";
import { parseCommit, parseTag } from "../objects/parse-object.ts";
import { readPackage } from "../package-store/package-files.ts";
import type { Ref } from "../refs/ref-table.ts";
import type { PublicKeyText } from "../signing/public-key.ts";
import { fingerprint, signerOf } from "../signing/signer-of.ts";
import { type Clone, openClone } from "./open-clone.ts";

export { parseAllowedSigners } from "../signing/allowed-signers.ts";

export interface AuditOptions {
  /** A folder in the clone. */
  readonly dir: string;
  /** The operator's public keys. */
  readonly keys: ReadonlySet<PublicKeyText>;
  /** Folders of packages; a folder stands for all packages below it. Empty: all. */
  readonly packages: readonly string[];
  /** The variables that git inherits. */
  readonly ambient: Readonly<Record<string, string>>;
}

/** Commits of one draft that are listed, the last ones. */
const MAX_STEPS = 1000;

/**
 * The published revisions of a clone by package and revision, one after the other, with what does not verify: as tags
 * and commits say it, with nothing from a cluster. Each package's files are read and hashed. Throws `GitError`.
 */
export async function* readAudit({ dir, keys, packages, ambient }: AuditOptions): AsyncGenerator<AuditEntry> {
  const clone = await openClone(dir, ambient);
  try {
    const found = (await clone.tags()).flatMap(revisionOf).filter(({ folder }) => isAmong(folder, packages));
    found.sort((a, b) => compare(a.folder, b.folder) || compareRevisions(a.revision, b.revision));
    const auditor = new Auditor(clone, keys);
    for (const one of found) yield await auditOne(auditor, one);
  } finally {
    clone.close();
  }
}

/** What cannot be read is told of this tag, and keeps nobody from the others. */
async function auditOne(auditor: Auditor, found: FoundTag): Promise<AuditEntry> {
  try {
    return auditTag(await auditor.factsOf(found));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const { tag, folder, revision, isDeleted } = found;
    const entry = auditTag({ package: folder, revision, tag, isDeleted, history: [], isCut: false });
    return { ...entry, problems: [`the tag cannot be read: ${error.message}`] };
  }
}

interface FoundTag {
  readonly ref: Ref;
  /** Without `refs/tags/`. */
  readonly tag: string;
  readonly folder: string;
  readonly revision: string;
  readonly isDeleted: boolean;
}

function revisionOf(ref: Ref): readonly FoundTag[] {
  const name = parseRef(ref.name);
  if (name.kind !== "tag" && name.kind !== "tombstone") return [];
  const revision = name.kind === "tag" ? name.leaf : name.revision;
  if (name.folder === "" || parseRevision(revision) === undefined) return [];
  const tag = ref.name.slice("refs/tags/".length);
  return [{ ref, tag, folder: name.folder, revision, isDeleted: name.kind === "tombstone" }];
}

function isAmong(folder: string, packages: readonly string[]): boolean {
  return packages.length === 0 || packages.some((one) => folder === one || folder.startsWith(`${one}/`));
}

class Auditor {
  readonly #clone: Clone;
  readonly #keys: ReadonlySet<PublicKeyText>;
  /** Publications on main by `folder@revision`. */
  #publications: Promise<ReadonlyMap<string, CommitFacts>> | undefined;

  constructor(clone: Clone, keys: ReadonlySet<PublicKeyText>) {
    this.#clone = clone;
    this.#keys = keys;
  }

  async factsOf({ ref, tag, folder, revision, isDeleted }: FoundTag): Promise<TagFacts> {
    const object = ref.type === "tag" ? await this.#tag(ref.oid) : undefined;
    const { commit } = ref;
    const publication = isDeleted ? (await this.#publicationsOnMain()).get(`${folder}@${revision}`) : undefined;
    const recorded = isDeleted ? publication : object;
    // Of a record that does not count, nothing is read that it names.
    const record = recorded?.signature.state === "Good" ? parseCommitMetadata(recorded.message) : undefined;
    const history = commit === undefined ? { history: [], isCut: false } : await this.#history(commit, record);
    const digest = commit === undefined || record === undefined ? undefined : await this.#digest(commit, record);
    return {
      package: folder,
      revision,
      tag,
      ...(commit !== undefined && { commit }),
      ...(object !== undefined && { object }),
      isDeleted,
      ...history,
      ...(digest !== undefined && { digest }),
      ...(publication !== undefined && { publication }),
    };
  }

  async #tag(oid: Oid): Promise<TagFacts["object"]> {
    const { bytes } = await this.#reader.read(oid, MAX_COMMIT_BYTES);
    const { name, tagger, message } = parseTag(bytes, false);
    return {
      name,
      ...(tagger !== undefined && { tagger: tagger.name, time: tagger.time }),
      message,
      signature: this.#judge("tag", bytes, oid),
    };
  }

  async #commit(oid: Oid): Promise<CommitFacts & { readonly parent?: Oid }> {
    const { bytes } = await this.#reader.read(oid, MAX_COMMIT_BYTES);
    const { author, committer, message, parents } = parseCommit(bytes, false);
    const signature = this.#judge("commit", bytes, oid);
    const [parent] = parents;
    const facts = { oid, author: author.name, time: committer.time, message, signature };
    return { ...facts, ...(parent !== undefined && { parent }) };
  }

  /** From the tagged commit back to the one at which the draft began; without a record, the tagged one alone. */
  async #history(commit: Oid, record: CommitMetadata | undefined): Promise<Pick<TagFacts, "history" | "isCut">> {
    const base = record?.metadata.base?.commit;
    const history: CommitFacts[] = [];
    const most = record === undefined ? 1 : MAX_STEPS;
    for (let oid: Oid | undefined = commit; oid !== undefined && oid !== base && history.length < most; ) {
      const read: (CommitFacts & { readonly parent?: Oid }) | undefined = await this.#commit(oid).catch(ignoreMissing);
      if (read === undefined) return { history, isCut: true };
      const { parent, ...facts }: CommitFacts & { readonly parent?: Oid } = read;
      history.push(facts);
      oid = parent;
    }
    return { history, isCut: false };
  }

  async #digest(commit: Oid, { path, nested = [] }: CommitMetadata): Promise<NonNullable<TagFacts["digest"]>> {
    try {
      const tree = await this.#reader.treeAt(commit, path);
      const { files } = await readPackage(this.#reader, tree, path, nested);
      return contentDigest(files);
    } catch (error) {
      if (error instanceof GitError) return { problem: error.message };
      throw error;
    }
  }

  async #publicationsOnMain(): Promise<ReadonlyMap<string, CommitFacts>> {
    this.#publications ??= this.#readPublications();
    return await this.#publications;
  }

  async #readPublications(): Promise<ReadonlyMap<string, CommitFacts>> {
    const found = new Map<string, CommitFacts>();
    for (const oid of await this.#clone.mainCommits()) {
      const facts = await this.#commit(oid).catch(ignoreUnreadable);
      if (facts === undefined) continue;
      const { path, revision, lifecycle } = parseCommitMetadata(facts.message) ?? {};
      const key = `${path}@${revision}`;
      if (facts.signature.state === "Good" && lifecycle === "published" && !found.has(key)) found.set(key, facts);
    }
    return found;
  }

  #judge(type: "commit" | "tag", bytes: Buffer, oid: Oid): SignatureFacts {
    const signer = signerOf(type, bytes, objectFormatOf(oid));
    switch (signer.kind) {
      case "signed":
        return { state: this.#keys.has(signer.key) ? "Good" : "UnknownKey", key: fingerprint(signer.key) };
      case "unsigned":
        return { state: "None" };
      case "openpgp":
        return { state: "OpenPGP" };
      case "invalid":
        return { state: "Bad" };
      default:
        return signer satisfies never;
    }
  }

  get #reader(): ObjectReader {
    return this.#clone.reader;
  }
}

/** A commit of others, of any size. */
function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof GitError)) throw error;
}

/** Of a shallow clone, which ends somewhere. */
function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof GitError && error.reason === "ObjectMissing")) throw error;
}
