import { isBelow } from "../../src/core/identity/location.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import { OPERATOR } from "../../src/core/identity/person.ts";
import { parseRef } from "../../src/core/identity/refs.ts";
import { latestRevision, parseRevision } from "../../src/core/identity/revision.ts";
import { folderOfRef } from "../../src/core/repository/classify-ref.ts";
import { parseCommitMetadata } from "../../src/core/revision/commit-trailers.ts";
import { parseCommit, parseTag } from "../../src/storage/git/objects/parse-object.ts";
import { ObjectBatch, runGitBytes } from "./git-batch.ts";
import { type GitSigner, verifySignatures } from "./git-signatures.ts";
import { type CommitView, type Folder, folderKey, type RemoteRef, type RemoteView } from "./observation.ts";
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

/** Who signed commits and tags. */
type Signers = ReadonlyMap<Oid, GitSigner>;

/** The addresses that the operator gives to itself and to users without one. */
const OWN_DOMAIN = OPERATOR.email.slice(OPERATOR.email.indexOf("@"));
const SIGNED_TAG = "\n-----BEGIN SSH SIGNATURE-----\n";

/**
 * Reads a bare repository: the remote itself, or a fresh mirror of it. Throws an Error with git's message if any
 * command fails. Starts about seven git processes, one for each tag of the operator, and ssh-keygen twice for each
 * signature that this process has not verified yet.
 */
export async function readRemote(dir: string, { mainRefs, paths = [], signers }: RemoteQuery): Promise<RemoteView> {
  const objects = new ObjectBatch(dir);
  try {
    const found = await readRefObjects(dir, objects);
    const commits = await readAllCommits(dir, objects);
    const tags = found.filter(({ annotated, bytes }) => annotated && bytes.includes(SIGNED_TAG)).map(({ oid }) => oid);
    const signed = await verifySignatures(dir, signers, { commits: [...commits.keys()], tags });
    const refs = new Map(found.map((one) => [one.ref, viewRef(one, signed)]));
    const mains = [...mainRefs].flatMap((ref) => refs.get(ref)?.commit ?? []);
    const folders = await readFolders(objects, folderQueries(refs, mains));
    return {
      refs,
      folders,
      commits: new Map([...commits].map(([oid, bytes]) => [oid, viewCommit(bytes, signed.get(oid))])),
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

interface RefObject {
  readonly ref: string;
  readonly oid: Oid;
  readonly annotated: boolean;
  readonly commit?: Oid;
  /** Of the annotated tag itself, else of the commit. */
  readonly bytes: Buffer;
}

async function readRefObjects(dir: string, objects: ObjectBatch): Promise<readonly RefObject[]> {
  const listed = await listRefs(dir);
  const commits = await objects.read(listed.map(([, oid]) => ({ spec: `${oid}^{commit}`, withBytes: false })));
  const read = await objects.read(
    listed.map(([, oid, type], index) => ({
      spec: type === "tag" ? oid : (commits[index]?.oid ?? oid),
      withBytes: type !== "blob",
    })),
  );
  return listed.map(([ref, oid, type], index) => {
    const commit = commits[index]?.oid;
    const bytes = read[index]?.bytes ?? Buffer.alloc(0);
    return { ref, oid, annotated: type === "tag", ...(commit !== undefined && { commit }), bytes };
  });
}

/** Trailers and a tag's signature count in a branch's commit, and in an annotated tag under its own name. */
function viewRef({ ref, oid, annotated, commit, bytes }: RefObject, signed: Signers): RemoteRef {
  const common = { ref, oid, annotated, ...(commit !== undefined && { commit }) };
  const commitSigner = commit === undefined ? undefined : signed.get(commit);
  const signatures = commitSigner === undefined ? {} : { commit: commitSigner };
  if (!annotated) {
    const isRecord = ref.startsWith("refs/heads/") && commitSigner === "operator";
    const trailers = isRecord ? parseCommitMetadata(parseCommit(bytes, true).message) : undefined;
    return { ...common, signatures, ...(trailers && { trailers }) };
  }
  const { name, message, tagger } = parseTag(bytes, true);
  const inOperatorsName = tagger?.email.endsWith(OWN_DOMAIN) ?? false;
  const tagSigner = ref === `refs/tags/${name}` ? signed.get(oid) : undefined;
  const trailers = tagSigner === "operator" ? parseCommitMetadata(message) : undefined;
  return {
    ...common,
    signatures: { ...signatures, ...(tagSigner !== undefined && { tag: tagSigner }) },
    ...(trailers && { trailers }),
    ...(inOperatorsName && { tagInOperatorsName: signed.get(oid) === "operator" ? "verified" : "unverified" }),
  };
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

/** Every commit that is reachable from a ref, with its bytes. */
async function readAllCommits(dir: string, objects: ObjectBatch): Promise<ReadonlyMap<Oid, Buffer>> {
  const oids = (await runGitBytes(dir, ["rev-list", "--all"])).toString("utf8").split("\n").filter(Boolean);
  const commits = await objects.read(oids.map((spec) => ({ spec, withBytes: true })));
  return new Map(oids.map((oid, index) => [oid, commits[index]?.bytes ?? Buffer.alloc(0)]));
}

function viewCommit(bytes: Buffer, signer: GitSigner): CommitView {
  const { parents, committer } = parseCommit(bytes, false);
  const inOperatorsName = committer.name === OPERATOR.name && committer.email === OPERATOR.email;
  return { parents, byOperator: signer === "operator", inOperatorsName };
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
