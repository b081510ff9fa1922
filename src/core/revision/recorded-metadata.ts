import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { DraftBase, UpstreamLock } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isLargerThan } from "../identity/json-size.ts";
import { isPackageKey, type MetadataPrefixes, NO_PREFIXES, wasPackageKey } from "./metadata-keys.ts";

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

/** What was computed of an object, for the prefixes of its Repository. */
interface Computed {
  readonly prefixes: MetadataPrefixes;
  readonly metadata: RecordedMetadata;
  /** Of the users' part. Absent for more than a commit may carry, which may have hundreds of thousands of values. */
  readonly json?: string;
}

/** By object, which is never modified: one reconcile asks several times, and there may be 100,000 labels. */
const computed = new WeakMap<PackageRevision, Computed>();

/** The metadata that the next commit of an object records, as the object has it: without its origin. */
export function recordedMetadataOf(object: PackageRevision, prefixes: MetadataPrefixes): RecordedMetadata {
  return computedOf(object, prefixes).metadata;
}

function computedOf(object: PackageRevision, prefixes: MetadataPrefixes): Computed {
  const known = computed.get(object);
  if (known?.prefixes === prefixes) return known;
  const metadata = computeMetadata(object, (key) => isPackageKey(key, prefixes));
  const isRecordable = !isLargerThan(metadata, MAX_METADATA_LENGTH);
  const result = { prefixes, metadata, ...(isRecordable && { json: usersJson(metadata) }) };
  computed.set(object, result);
  return result;
}

function computeMetadata(object: PackageRevision, isRecordedKey: (key: string) => boolean): RecordedMetadata {
  const { labels, annotations } = object.metadata;
  const all = {
    spec: object.spec,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  return partOf(all, isRecordedKey);
}

/**
 * The metadata that a commit on top of one with the metadata `before` records: fields that users removed are dropped,
 * and the origin of the draft is that of the record: anybody who may write status could have written another one there.
 */
export function nextMetadata(
  object: PackageRevision,
  prefixes: MetadataPrefixes,
  before: RecordedMetadata = {},
): RecordedMetadata {
  const { base, upstreamLock } = before;
  return {
    ...(base !== undefined && { base }),
    ...(upstreamLock !== undefined && { upstreamLock }),
    ...recordedMetadataOf(object, prefixes),
  };
}

type UsersPart = Pick<RecordedMetadata, "spec" | "labels" | "annotations">;

/** The users' own fields: without ID, lifecycle and approvals, and without the keys of tools. */
export function usersPart(metadata: RecordedMetadata, prefixes: MetadataPrefixes = NO_PREFIXES): UsersPart {
  return partOf(metadata, (key) => isPackageKey(key, prefixes));
}

function partOf(metadata: RecordedMetadata, isRecordedKey: (key: string) => boolean): UsersPart {
  const {
    packageRevID: _id,
    lifecycle: _lifecycle,
    approval: _approval,
    approvals: _approvals,
    ...spec
  } = metadata.spec ?? {};
  const labels = entriesOf(metadata.labels, isRecordedKey);
  const annotations = entriesOf(metadata.annotations, isRecordedKey);
  return {
    ...(Object.keys(spec).length > 0 && { spec }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
}

function entriesOf(
  entries: RecordedMetadata["labels"] = {},
  isRecordedKey: (key: string) => boolean,
): RecordedMetadata["labels"] {
  const keys = Object.keys(entries);
  const own = keys.filter((key) => typeof entries[key] === "string" && isRecordedKey(key));
  if (own.length === 0) return undefined;
  // No copy where nothing is left out: there may be 100,000.
  return own.length === keys.length ? entries : Object.fromEntries(own.map((key) => [key, entries[key] ?? ""]));
}

/**
 * `sha256:…` over the users' part of an object: `status.metadataDigest` once Git has recorded it. Empty for more than a
 * commit may carry.
 */
export function metadataDigest(object: PackageRevision, prefixes: MetadataPrefixes): string {
  return digestOf(computedOf(object, prefixes).json);
}

function digestOf(json: string | undefined): string {
  return json === undefined ? "" : `sha256:${sha256Hex(json)}`;
}

/**
 * True if a branch needs no new commit to record the object's metadata. The metadata of another operator's object (in
 * another cluster or namespace) is kept until this object changes: the two operators would otherwise replace each
 * other's metadata indefinitely.
 *
 * @param recorded What the operator recorded last on the branch, also below commits of others; undefined if nothing.
 * Keys that are no part of a revision do not count: earlier versions recorded them as well.
 */
export function isRecorded(
  object: PackageRevision,
  prefixes: MetadataPrefixes,
  recorded: RecordedMetadata | undefined,
): boolean {
  const { json } = computedOf(object, prefixes);
  if (json === undefined) return false;
  if (json === usersJson(usersPart(recorded ?? {}, prefixes))) return true;
  return recorded !== undefined && isAcknowledged(object, prefixes);
}

/**
 * True if status acknowledges the object's present metadata. A status of an earlier version acknowledges the keys of
 * tools as well; it must not lead to a commit of every draft.
 */
export function isAcknowledged(object: PackageRevision, prefixes: MetadataPrefixes): boolean {
  const digest = object.status?.metadataDigest;
  if (digest === undefined || digest === "") return false;
  if (digest === metadataDigest(object, prefixes)) return true;
  const earlier = computeMetadata(object, wasPackageKey);
  return !isLargerThan(earlier, MAX_METADATA_LENGTH) && digest === digestOf(usersJson(earlier));
}

/** True if a commit records the users' part of the object's spec; labels and annotations do not count. */
export function isRecordedSpec(object: PackageRevision, recorded: RecordedMetadata): boolean {
  return canonicalJson(usersPart(recorded).spec) === canonicalJson(usersPart({ spec: object.spec }).spec);
}

/** The status field of an object that was discovered in Git; absent if its metadata is still to be recorded. */
export function recordedAs(
  object: PackageRevision,
  prefixes: MetadataPrefixes,
  recorded: RecordedMetadata | undefined,
): { readonly metadataDigest?: string } {
  return isRecorded(object, prefixes, recorded) ? { metadataDigest: metadataDigest(object, prefixes) } : {};
}

function usersJson({ spec, labels, annotations }: RecordedMetadata): string {
  return canonicalJson({ spec, labels, annotations });
}
