import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { DraftBase, UpstreamLock } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isLargerThan } from "../identity/json-size.ts";

/** The largest metadata that a commit carries, in UTF-16 code units of its JSON. */
export const MAX_METADATA_LENGTH = 256 * 1024;

/** The part of a PackageRevision that commits record as JSON: the users' own fields, and the origin of the draft. */
export interface RecordedMetadata {
  readonly spec?: Partial<PackageRevisionSpec>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly base?: DraftBase;
  readonly upstreamLock?: UpstreamLock;
}

/** Keys of labels and annotations that belong to the operator or kubectl. */
const FOREIGN_KEY = /^(([^/]*\.)?pkgserver\.dev|kubectl\.kubernetes\.io)\//;

/** By object, which is never modified: one reconcile asks several times, and there may be 100,000 labels. */
const recorded = new WeakMap<PackageRevision, RecordedMetadata>();

/** The metadata that the next commit of an object records, as the object has it. */
export function recordedMetadataOf(object: PackageRevision): RecordedMetadata {
  const known = recorded.get(object) ?? computeRecordedMetadata(object);
  recorded.set(object, known);
  return known;
}

function computeRecordedMetadata(object: PackageRevision): RecordedMetadata {
  const { base, upstreamLock } = object.status ?? {};
  const { labels, annotations } = object.metadata;
  const all = {
    spec: object.spec,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  return {
    ...usersPart(all),
    ...(base !== undefined && { base }),
    ...(upstreamLock !== undefined && { upstreamLock }),
  };
}

/**
 * The metadata that a commit on top of one with the metadata `before` records: fields that users removed are dropped,
 * but the origin of the draft is kept if the object's status does not have it (yet).
 */
export function nextMetadata(object: PackageRevision, before: RecordedMetadata = {}): RecordedMetadata {
  const { base, upstreamLock } = before;
  return {
    ...(base !== undefined && { base }),
    ...(upstreamLock !== undefined && { upstreamLock }),
    ...recordedMetadataOf(object),
  };
}

/** The users' own fields: without ID, lifecycle and approval, and without keys of the operator or kubectl. */
export function usersPart(metadata: RecordedMetadata): Pick<RecordedMetadata, "spec" | "labels" | "annotations"> {
  const { packageRevID: _id, lifecycle: _lifecycle, approval: _approval, ...spec } = metadata.spec ?? {};
  const labels = usersEntries(metadata.labels);
  const annotations = usersEntries(metadata.annotations);
  return {
    ...(Object.keys(spec).length > 0 && { spec }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
}

function usersEntries(entries: RecordedMetadata["labels"] = {}): RecordedMetadata["labels"] {
  const isUsers = (key: string) => typeof entries[key] === "string" && !(key.includes("/") && FOREIGN_KEY.test(key));
  const keys = Object.keys(entries);
  const own = keys.filter(isUsers);
  if (own.length === 0) return undefined;
  // No copy where nothing is left out: there may be 100,000.
  return own.length === keys.length ? entries : Object.fromEntries(own.map((key) => [key, entries[key] ?? ""]));
}

/**
 * `sha256:…` over the users' part of an object: `status.metadataDigest` once Git has recorded it. Empty for more than a
 * commit may carry.
 */
export function metadataDigest(object: PackageRevision): string {
  const json = usersJsonOf(object);
  return json === undefined ? "" : `sha256:${sha256Hex(json)}`;
}

/**
 * True if a branch needs no new commit to record the object's metadata. The metadata of another operator's object (in
 * another cluster or namespace) is kept until this object changes: the two operators would otherwise replace each
 * other's metadata indefinitely.
 *
 * @param recorded What the operator recorded last on the branch, also below commits of others; undefined if nothing.
 */
export function isRecorded(object: PackageRevision, recorded: RecordedMetadata | undefined): boolean {
  const json = usersJsonOf(object);
  if (json === undefined) return false;
  if (json === usersJson(recorded ?? {})) return true;
  return recorded !== undefined && object.status?.metadataDigest === metadataDigest(object);
}

/** True if a commit records the users' part of the object's spec; labels and annotations do not count. */
export function isRecordedSpec(object: PackageRevision, recorded: RecordedMetadata): boolean {
  return canonicalJson(usersPart(recorded).spec) === canonicalJson(usersPart({ spec: object.spec }).spec);
}

/** The status field of an object that was discovered in Git; absent if its metadata is still to be recorded. */
export function recordedAs(
  object: PackageRevision,
  recorded: RecordedMetadata | undefined,
): { readonly metadataDigest?: string } {
  return isRecorded(object, recorded) ? { metadataDigest: metadataDigest(object) } : {};
}

/** By object, which is never modified: one reconcile needs the JSON several times. */
const usersJsons = new WeakMap<PackageRevision, { readonly json: string | undefined }>();

/** Undefined for more than a commit may carry, which may have hundreds of thousands of values. */
function usersJsonOf(object: PackageRevision): string | undefined {
  const known = usersJsons.get(object);
  if (known !== undefined) return known.json;
  const metadata = recordedMetadataOf(object);
  const json = isLargerThan(metadata, MAX_METADATA_LENGTH) ? undefined : usersJson(metadata);
  usersJsons.set(object, { json });
  return json;
}

function usersJson({ spec, labels, annotations }: RecordedMetadata): string {
  return canonicalJson({ spec, labels, annotations });
}
