import {
  type DraftBase,
  isDraftBase,
  isUpstreamLock,
  LIFECYCLES,
  type Lifecycle,
  type PackageRevision,
  type PackageRevisionSpec,
  type UpstreamLock,
} from "../../api/v1alpha1/package-revision.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { PAGE_VERSIONS } from "./page-versions.ts";

/**
 * What a commit or tag of ours says of its package revision: trailers for people and `git log`, and one JSON trailer
 * from which the object can be made again. It is read only when the object is absent and never restores an approval.
 */
export interface CommitMetadata {
  /** The package's folder from the repository's root. */
  readonly path: string;
  readonly workspace: string;
  readonly lifecycle: Lifecycle;
  readonly revision?: string;
  readonly digest?: string;
  readonly proposedBy?: string;
  /** RFC 3339. */
  readonly proposedAt?: string;
  readonly approvedBy?: string;
  /** The contents that a draft's commit was made of, as `editedVersions` has them. */
  readonly contents?: string;
  readonly metadata: RecordedMetadata;
}

/** The users' own part of a PackageRevision, and what its draft grew from. */
export interface RecordedMetadata {
  readonly spec?: Partial<PackageRevisionSpec>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly base?: DraftBase;
  readonly upstreamLock?: UpstreamLock;
}

/** The largest metadata that a commit carries, in UTF-16 units of its JSON. */
export const MAX_METADATA = 256 * 1024;

const KEYS = {
  path: "Package-Path",
  workspace: "Package-Workspace",
  lifecycle: "Package-Lifecycle",
  revision: "Package-Revision",
  digest: "Package-Digest",
  proposedBy: "Proposed-By",
  proposedAt: "Proposed-At",
  approvedBy: "Approved-By",
  contents: "Package-Contents",
} as const;
/** What of a trailer may go into a status. */
const LEGAL = {
  revision: /^.{1,255}$/,
  digest: /^sha256:[0-9a-f]{64}$/,
  proposedBy: /^.{1,1024}$/s,
  proposedAt: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/,
  approvedBy: /^.{1,1024}$/s,
  contents: PAGE_VERSIONS,
} as const;
const UPSTREAM = "Package-Upstream";
const METADATA = "Package-Metadata";

/** A commit or tag message: the subject, then the trailers as Git trailers. */
export function renderCommitMessage(subject: string, trailers: CommitMetadata): string {
  const lines: string[] = [];
  for (const [field, key] of Object.entries(KEYS) as [keyof typeof KEYS, string][]) {
    const value = trailers[field];
    if (value !== undefined) lines.push(`${key}: ${writeValue(value)}`);
  }
  const { spec, upstreamLock } = trailers.metadata;
  if (upstreamLock !== undefined && spec?.upstream !== undefined) {
    const { repository, target, realm, package: name } = spec.upstream;
    const path = [repository, target, realm, name].filter((part) => part !== undefined).join("/");
    lines.push(`${UPSTREAM}: ${writeValue(`${path}@${upstreamLock.revision} ${upstreamLock.commit}`)}`);
  }
  lines.push(`${METADATA}: ${canonicalJson(trailers.metadata)}`);
  return `${oneLine(subject)}\n\n${lines.join("\n")}\n`;
}

/** The trailers in a message; undefined if there is none or it cannot be read. */
export function parseCommitMetadata(message: string): CommitMetadata | undefined {
  const text = message.trimEnd();
  const blank = text.lastIndexOf("\n\n");
  const paragraph = blank < 0 ? text : text.slice(blank + 2);
  const trailers = new Map<string, string>();
  for (const line of paragraph.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) trailers.set(line.slice(0, colon), readValue(line.slice(colon + 2)));
  }
  const [path, workspace, lifecycle] = [KEYS.path, KEYS.workspace, KEYS.lifecycle].map((key) => trailers.get(key));
  const known = LIFECYCLES.find((one) => one === lifecycle);
  if (path === undefined || workspace === undefined || known === undefined) return undefined;
  const optional = (Object.keys(LEGAL) as (keyof typeof LEGAL)[]).flatMap((field) => {
    const value = trailers.get(KEYS[field]);
    return value === undefined || !LEGAL[field].test(value) ? [] : [[field, value] as const];
  });
  const metadata = parseMetadata(trailers.get(METADATA));
  return { path, workspace, lifecycle: known, ...Object.fromEntries(optional), metadata };
}

/** Anybody who may push can write a trailers: what has not the shape that we would have written is not there. */
function parseMetadata(text: string | undefined): RecordedMetadata {
  if (text === undefined || text.length > MAX_METADATA) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
    canonicalJson(value);
  } catch {
    // No JSON, or too deep to be compared.
    return {};
  }
  if (!isRecord(value)) return {};
  const { spec, labels, annotations, base, upstreamLock } = value;
  return {
    ...(isRecord(spec) && { spec: spec as Partial<PackageRevisionSpec> }),
    ...(isRecord(labels) && { labels: labels as Record<string, string> }),
    ...(isRecord(annotations) && { annotations: annotations as Record<string, string> }),
    ...(isDraftBase(base) && { base }),
    ...(isUpstreamLock(upstreamLock) && { upstreamLock }),
  };
}

/** What the next commit of an object records: the users' part, and what the draft grew from. */
export function recordedMetadataOf(object: PackageRevision): RecordedMetadata {
  const { base, upstreamLock } = object.status ?? {};
  const { labels, annotations } = object.metadata;
  const own = {
    spec: object.spec,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  return {
    ...usersPart(own),
    ...(base !== undefined && { base }),
    ...(upstreamLock !== undefined && { upstreamLock }),
  };
}

/**
 * What the next commit on top of one with the metadata `before` records: what users took away is gone, but what the draft
 * grew from stays known even where status does not know it (yet).
 */
export function nextMetadata(object: PackageRevision, before: RecordedMetadata = {}): RecordedMetadata {
  const { base, upstreamLock } = before;
  return {
    ...(base !== undefined && { base }),
    ...(upstreamLock !== undefined && { upstreamLock }),
    ...recordedMetadataOf(object),
  };
}

/** What is the users' own: no approval, nothing of the operator's or kubectl's. */
export function usersPart(metadata: RecordedMetadata): Pick<RecordedMetadata, "spec" | "labels" | "annotations"> {
  const { packageRevID: _id, lifecycle: _lifecycle, approval: _approval, ...spec } = metadata.spec ?? {};
  const labels = ownEntries(metadata.labels);
  const annotations = ownEntries(metadata.annotations);
  return {
    ...(Object.keys(spec).length > 0 && { spec }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
}

function ownEntries(entries: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  const own = Object.entries(entries ?? {}).filter(
    ([key, value]) => typeof value === "string" && !/^(([^/]*\.)?pkgserver\.dev|kubectl\.kubernetes\.io)\//.test(key),
  );
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As it is where that reads back the same; else as a JSON string: names of users and folders are kept to the letter. */
function writeValue(text: string): string {
  const plain = text !== "" && text === text.trim() && !/^"|[\x00-\x1f\x7f]/.test(text) && text.isWellFormed();
  return plain ? text : JSON.stringify(text);
}

function readValue(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
