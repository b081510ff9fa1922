import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { PackageVariant } from "../../src/api/v1alpha1/package-variant.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { contentDigest } from "../../src/core/files/package-file.ts";
import { blobOid } from "../../src/core/identity/hash.ts";
import { proposalDigest } from "../../src/core/revision/proposal-digest.ts";
import type { RecordedMetadata } from "../../src/core/revision/recorded-metadata.ts";
import {
  type CommitView,
  type Folder,
  folderKey,
  type Observation,
  type RemoteRef,
  type RemoteView,
} from "./observation.ts";

const hex = (digit: string) => digit.repeat(40);
/** Commits of the sample. */
export const COMMITS = {
  root: hex("0"),
  published: hex("1"),
  main: hex("2"),
  draft: hex("3"),
  deleted: hex("4"),
} as const;
export const FIRST = "team/catalog.blueprints.web.app.first";
export const NEXT = "team/catalog.blueprints.web.app.next";
export const REPOSITORY = "team/blueprints";

export function folderOf(files: Readonly<Record<string, string>>): Folder {
  return {
    tree: blobOid(Buffer.from(JSON.stringify(files)), "sha1"),
    files: Object.entries(files).map(([path, text]) => {
      const bytes = Buffer.from(text);
      return { path, mode: "100644", oid: blobOid(bytes, "sha1"), size: bytes.length, bytes };
    }),
  };
}

export function digestOf({ files = [] }: Folder): string {
  return contentDigest(files);
}

export const FOLDER = folderOf({ "app.yaml": "a: 1\n" });
export const DRAFT_FOLDER = folderOf({ "app.yaml": "a: 2\n", "more.yaml": "b: 1\n" });
/** `status.proposal.digest` of a proposal with these files, whose commit records this metadata. */
export function approvableOf(folder: Folder, metadata: RecordedMetadata = {}): string {
  return proposalDigest(digestOf(folder), metadata);
}

const DIGEST = digestOf(FOLDER);
export const APPROVED = approvableOf(FOLDER);

/** Parts of an observation without violations; tests change one of them. */
export interface Sample {
  repository: Repository;
  first: PackageRevision;
  next: PackageRevision;
  variants: PackageVariant[];
  contents: PackageRevisionResources[];
  more: PackageRevision[];
  refs: Map<string, RemoteRef>;
  folders: Map<string, Folder>;
  commits: Map<string, CommitView>;
  lastChanges: Map<string, string>;
  otherChanges: Map<string, readonly string[]>;
  pathHistory: Map<string, Set<string>>;
  readonly keys: Set<string>;
  leftovers: { subject: string; message: string }[];
}

/** One package with a published revision, a draft that began from it, and a deleted revision. */
export function sample(): Sample {
  const trailers = {
    repository: "team/blueprints",
    path: "web/app",
    workspace: "first",
    lifecycle: "published",
    revision: "v1",
    digest: DIGEST,
    proposalDigest: APPROVED,
    approvedBy: "bob",
    metadata: {},
  } as const;
  const draftTrailers = {
    repository: "team/blueprints",
    path: "web/app",
    workspace: "next",
    lifecycle: "draft",
    metadata: { base: { revision: "v1" } },
  } as const;
  const refs: RemoteRef[] = [
    { ref: "refs/heads/main", oid: COMMITS.main, commit: COMMITS.main, annotated: false },
    {
      ref: "refs/heads/web/app/next",
      oid: COMMITS.draft,
      commit: COMMITS.draft,
      annotated: false,
      trailers: draftTrailers,
    },
    { ref: "refs/tags/web/app/v1", oid: hex("a"), commit: COMMITS.published, annotated: true, trailers },
    { ref: "refs/tags/web/app/deleted-v2", oid: hex("b"), commit: COMMITS.deleted, annotated: true },
  ];
  const by = (byOperator: boolean, ...parents: string[]) => ({ byOperator, inOperatorsName: byOperator, parents });
  return {
    repository: repository(),
    first: revision("first", {
      lifecycle: "published",
      revision: "v1",
      commit: COMMITS.published,
      contentDigest: DIGEST,
      provenance: "Operator",
    }),
    next: revision("next", {
      lifecycle: "draft",
      commit: COMMITS.draft,
      contentDigest: digestOf(DRAFT_FOLDER),
      base: { revision: "v1" },
      provenance: "Operator",
    }),
    variants: [],
    contents: [contentsOf("first", FOLDER, true), contentsOf("next", DRAFT_FOLDER, false)],
    more: [],
    refs: new Map(refs.map((one) => [one.ref, one])),
    folders: new Map([
      [folderKey(COMMITS.published, "web/app"), FOLDER],
      [folderKey(COMMITS.main, "web/app"), FOLDER],
      [folderKey(COMMITS.draft, "web/app"), DRAFT_FOLDER],
    ]),
    commits: new Map([
      [COMMITS.root, by(false)],
      [COMMITS.published, by(true, COMMITS.root)],
      [COMMITS.main, by(true, COMMITS.root)],
      [COMMITS.draft, by(true, COMMITS.main)],
      [COMMITS.deleted, by(true, COMMITS.main)],
    ]),
    lastChanges: new Map(),
    pathHistory: new Map(),
    otherChanges: new Map(),
    keys: new Set(),
    leftovers: [],
  };
}

export function observationOf(parts: Sample): Observation {
  const { refs, folders, commits, lastChanges, pathHistory, otherChanges } = parts;
  const remote: RemoteView = { refs, folders, commits, lastChanges, pathHistory, otherChanges };
  return {
    cluster: {
      repositories: [parts.repository],
      revisions: [parts.first, parts.next, ...parts.more],
      variants: parts.variants,
      sets: [],
      contents: parts.contents,
    },
    remotes: new Map([[REPOSITORY, remote]]),
    keys: new Map([[REPOSITORY, parts.keys]]),
    skipped: new Map(),
    leftovers: parts.leftovers,
  };
}

function ready(reason: string) {
  return {
    type: "Ready",
    status: "True",
    reason,
    message: "fine",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  } as const;
}

function repository(): Repository {
  return {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name: "blueprints", namespace: "team", generation: 1, resourceVersion: "1" },
    spec: { git: { url: "https://git.example.com/blueprints" } },
    status: { observedGeneration: 1, conditions: [ready("Synced")], lastHandledSyncRequest: "before" },
  };
}

export function revision(workspace: string, status: Partial<NonNullable<PackageRevision["status"]>>): PackageRevision {
  const { revision: number } = status;
  const id = { repository: "blueprints", realm: "web", package: "app", workspace };
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: `catalog.blueprints.web.app.${workspace}`,
      namespace: "team",
      generation: 2,
      resourceVersion: "7",
    },
    spec: { packageRevID: { ...id, ...(number !== undefined && { revision: number }) } },
    status: { observedGeneration: 2, conditions: [ready(number === undefined ? "Draft" : "Published")], ...status },
  };
}

export function contentsOf(workspace: string, { files = [] }: Folder, frozen: boolean): PackageRevisionResources {
  const resources = Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes ?? []).toString()]));
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevisionResources",
    metadata: {
      name: `catalog.blueprints.web.app.${workspace}`,
      namespace: "team",
      generation: 3,
      resourceVersion: "8",
    },
    spec: { resources },
    status: { frozen, observedGeneration: 3 },
  };
}
