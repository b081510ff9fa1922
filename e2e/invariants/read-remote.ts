import { isBelow } from "../../src/core/identity/location.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import { parseRef } from "../../src/core/identity/refs.ts";
import { latestRevision, parseRevision } from "../../src/core/identity/revision.ts";
import { folderOfRef } from "../../src/core/repository/classify-ref.ts";
import { parseCommitMetadata } from "../../src/core/revision/commit-trailers.ts";
import { parseCommit, parseTag } from "../../src/storage/git/objects/parse-object.ts";
import { parseAllowedSigners } from "../../src/storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../src/storage/git/signing/keyring.ts";
import { signerOf } from "../../src/storage/git/signing/signer-of.ts";
import { ObjectBatch, runGitBytes } from "./git-batch.ts";
import {
  type CommitView,
  type Folder,
  folderKey,
  type RefSignatures,
  type RemoteRef,
  type RemoteView,
} from "./observation.ts";
import { type FolderQuery, readFolders } from "./read-folders.ts";
import { readOtherChanges } from "./read-other-changes.ts";

export interface RemoteQuery {
  /** Full names of the packages' branches. */
  readonly mainRefs: ReadonlySet<string>;
  /** Paths from the repository's root whose whole history is read. */
  readonly paths?: readonly string[];
  /** The operator's public keys, in the format of an allowed-signers file. */
  readonly signers: string;
}

/**
 * Reads a bare repository: the remote itself, or a fresh mirror of it. Throws an Error with git's message if any
 * command fails. Starts about five git processes, and one for each tag of the operator.
 */
export async function readRemote(dir: string, { mainRefs, paths = [], signers }: RemoteQuery): Promise<RemoteView> {
  const keyring = new Keyring();
  keyring.setKnown(parseAllowedSigners(signers));
  const objects = new ObjectBatch(dir);
  try {
    const refs = await readRefs(dir, objects, keyring);
    const mains = [...mainRefs].flatMap((ref) => refs.get(ref)?.commit ?? []);
    const folders = await readFolders(objects, folderQueries(refs, mains));
    return {
      refs,
      folders,
      commits: await readCommits(dir, objects, keyring),
      lastChanges: await readLastChanges(dir, refs, mains, folders),
      pathHistory: await readPathHistory(dir, paths),
      otherChanges: await readOtherChanges(dir, refs, mains),
    };
  } finally {
    await objects.close();
  }
}

/** Full name of each ref → id of its object. */
export async function readRefIds(dir: string): Promise<ReadonlyMap<string, Oid>> {
  return new Map((await listRefs(dir)).map(([ref, oid]) => [ref, oid]));
}

async function listRefs(dir: string): Promise<readonly (readonly [ref: string, oid: Oid, type: string])[]> {
  const lines = await runGitBytes(dir, ["for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)"]);
  const found = lines
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  return found.map((line) => line.split("\0") as [string, Oid, string]);
}

async function readRefs(dir: string, objects: ObjectBatch, keyring: Keyring): Promise<ReadonlyMap<string, RemoteRef>> {
  const listed = await listRefs(dir);
  const commits = await objects.read(listed.map(([, oid]) => ({ spec: `${oid}^{commit}`, withBytes: true })));
  // The message of the annotated tag, else of the commit.
  const messages = await objects.read(
    listed.map(([, oid, type], index) => ({
      spec: type === "tag" ? oid : (commits[index]?.oid ?? oid),
      withBytes: type !== "blob",
    })),
  );
  const read = listed.map(async ([ref, oid, type], index) => {
    const commit = commits[index]?.oid;
    const annotated = type === "tag";
    const trailers = await readTrailers(ref, annotated, messages[index]?.bytes ?? Buffer.alloc(0), keyring);
    const signatures = await readSignatures(ref, messages[index]?.bytes, annotated, commits[index]?.bytes, keyring);
    const view = {
      ref,
      oid,
      annotated,
      signatures,
      ...(commit !== undefined && { commit }),
      ...(trailers && { trailers }),
    };
    return [ref, view] as const;
  });
  return new Map(await Promise.all(read));
}

/** Trailers count in a branch's commit or an annotated tag that the operator signed, under the tag's own name. */
async function readTrailers(
  ref: string,
  annotated: boolean,
  bytes: Buffer,
  keyring: Keyring,
): Promise<RemoteRef["trailers"]> {
  if (!annotated && !ref.startsWith("refs/heads/")) return undefined;
  if (!(await keyring.isSigned(annotated ? "tag" : "commit", bytes, "sha1"))) return undefined;
  const { name, message } = annotated ? parseTag(bytes, true) : { name: undefined, ...parseCommit(bytes, true) };
  return name === undefined || ref === `refs/tags/${name}` ? parseCommitMetadata(message) : undefined;
}

async function readSignatures(
  ref: string,
  bytes: Buffer | undefined,
  annotated: boolean,
  commitBytes: Buffer | undefined,
  keyring: Keyring,
): Promise<RefSignatures> {
  const signer = async (type: "tag" | "commit", object: Buffer) => {
    if (await keyring.isSigned(type, object, "sha1")) return "operator";
    const found = signerOf(type, object, "sha1");
    return found.kind === "signed" ? found.key : undefined;
  };
  const isTag = annotated && bytes !== undefined && ref === `refs/tags/${parseTag(bytes, false).name}`;
  const tag = isTag ? await signer("tag", bytes) : undefined;
  const commit = commitBytes === undefined ? undefined : await signer("commit", commitBytes);
  return { ...(tag !== undefined && { tag }), ...(commit !== undefined && { commit }) };
}

function folderQueries(refs: ReadonlyMap<string, RemoteRef>, mains: readonly Oid[]): readonly FolderQuery[] {
  const queries = new Map<string, FolderQuery>();
  const folders = new Set<string>();
  for (const { ref, commit } of refs.values()) {
    const folder = parseRef(ref).kind === "tombstone" ? tombstoneFolder(ref) : folderOfRef(ref);
    if (folder === undefined) continue;
    folders.add(folder);
    if (commit === undefined) continue;
    const key = folderKey(commit, folder);
    queries.set(key, { key, commit, path: folder, withBytes: true });
  }
  for (const commit of mains) {
    for (const path of folders) {
      const key = folderKey(commit, path);
      if (!queries.has(key)) queries.set(key, { key, commit, path, withBytes: false });
    }
  }
  return [...queries.values()];
}

function tombstoneFolder(ref: string): string | undefined {
  const name = parseRef(ref);
  return name.kind === "tombstone" && name.folder !== "" ? name.folder : undefined;
}

async function readCommits(dir: string, objects: ObjectBatch, keyring: Keyring): Promise<ReadonlyMap<Oid, CommitView>> {
  const oids = (await runGitBytes(dir, ["rev-list", "--all"])).toString("utf8").split("\n").filter(Boolean);
  const commits = await objects.read(oids.map((spec) => ({ spec, withBytes: true })));
  const views = oids.map(async (oid, index): Promise<[Oid, CommitView]> => {
    const bytes = commits[index]?.bytes ?? Buffer.alloc(0);
    const { parents } = parseCommit(bytes, false);
    return [oid, { parents, byOperator: await keyring.isSigned("commit", bytes, "sha1") }];
  });
  return new Map(await Promise.all(views));
}

/** Last commit of each package's folder that differs from the latest tag, if the operator made that tag. */
async function readLastChanges(
  dir: string,
  refs: ReadonlyMap<string, RemoteRef>,
  mains: readonly Oid[],
  folders: ReadonlyMap<string, Folder>,
): Promise<ReadonlyMap<string, Oid>> {
  const revisions = new Map<string, string[]>();
  for (const ref of refs.keys()) {
    const name = parseRef(ref);
    const revision = name.kind === "tag" ? name.leaf : name.kind === "tombstone" ? name.revision : undefined;
    if (revision === undefined || parseRevision(revision) === undefined) continue;
    const { folder } = name as { readonly folder: string };
    revisions.set(folder, [...(revisions.get(folder) ?? []), ...(name.kind === "tag" ? [revision] : [])]);
  }
  const changes = new Map<string, Oid>();
  for (const [path, numbers] of revisions) {
    const tag = refs.get(`refs/tags/${path}/${latestRevision(numbers)}`);
    if (tag !== undefined && tag.trailers?.path !== path) continue;
    const wanted = tag?.commit === undefined ? undefined : folders.get(folderKey(tag.commit, path))?.tree;
    const below = [...revisions.keys()].filter((other) => isBelow(other, path));
    for (const main of mains) {
      const key = folderKey(main, path);
      if (folders.get(key)?.tree === wanted) continue;
      const others = below.map((one) => `:(exclude,top,literal)${one}`);
      const args = ["log", "-1", "--format=%H", main, "--", `:(top,literal)${path}`, ...others];
      const commit = (await runGitBytes(dir, args)).toString("utf8").trim();
      if (commit !== "") changes.set(key, commit);
    }
  }
  return changes;
}

async function readPathHistory(dir: string, paths: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<Oid>>> {
  const history = new Map<string, Set<Oid>>();
  if (paths.length === 0) return history;
  const specs = [...new Set(paths)].map((path) => `:(top,literal)${path}`);
  const args = ["log", "--all", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=", "-z", "--", ...specs];
  // `:<mode> <mode> <oid> <oid> <what>`, NUL, path, NUL.
  const parts = (await runGitBytes(dir, args)).toString("utf8").split("\0");
  for (let at = 0; at + 1 < parts.length; at++) {
    const match = /^\n*:[0-7]+ [0-7]+ ([0-9a-f]+) ([0-9a-f]+) [A-Z][0-9]*$/.exec(parts[at] ?? "");
    if (match === null) continue;
    const path = parts[++at] ?? "";
    const known = history.get(path) ?? new Set<Oid>();
    history.set(path, known);
    for (const oid of match.slice(1)) known.add(oid);
  }
  return history;
}
