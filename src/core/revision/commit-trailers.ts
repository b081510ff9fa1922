import { LIFECYCLES, type Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import { isDraftBase, isUpstreamLock } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import type { Oid } from "../identity/oid.ts";
import { parseJson } from "../identity/parse-json.ts";
import { PAGE_VERSIONS } from "./page-versions.ts";
import { MAX_METADATA_LENGTH, type RecordedMetadata } from "./recorded-metadata.ts";

/**
 * The metadata in the message of the operator's commits and tags: trailers for readers of `git log`, and one JSON
 * trailer from which the object can be recreated. It is read only if there is no object, and never restores an
 * approval.
 */
export interface CommitMetadata {
  /** `namespace/name` of the Repository by whose rules the step was made; the store writes it. */
  readonly repository?: string;
  /** The package's folder from the repository's root. */
  readonly path: string;
  readonly workspace: string;
  readonly lifecycle: Lifecycle;
  readonly revision?: string;
  /** `contentDigest` of the package's files. */
  readonly digest?: string;
  /** `proposalDigest` of a proposal, and of the publication that an approval of it led to. */
  readonly proposalDigest?: string;
  readonly proposedBy?: string;
  /** RFC 3339. */
  readonly proposedAt?: string;
  readonly approvedBy?: string;
  /** Of the commit that makes a proposal a draft again: who did so, and the reason given. */
  readonly returnedBy?: string;
  readonly returnReason?: string;
  /** Of a commit whose files are the result of a render. */
  readonly render?: RecordedRender;
  /** Everybody who edited the draft so far. */
  readonly editors?: readonly string[];
  /** External commits hide a part of the draft's history, so that editors may be missing. */
  readonly editorsUnknown?: true;
  /** The versions of the pages that a draft's commit contains, see `editedVersions`. */
  readonly contents?: string;
  /** Of a publication: the paths of the published packages below its folder, which are not part of it. */
  readonly nested?: readonly string[];
  readonly metadata: RecordedMetadata;
}

/** A render of a draft with the inputs that its commit records. */
export interface RecordedRender {
  /** `sha256:…` over what the result depends on. */
  readonly digest: string;
  /** The commit whose files were rendered: the parent. Absent for later commits with the same files. */
  readonly source?: Oid;
  /** The functions that ran, each once, with their versions. */
  readonly functions: readonly string[];
  /** Objects from outside of the package that the result depends on: what, from where, and its digest. */
  readonly data?: readonly string[];
}

/** Every message of an operator has it. */
export const PATH_TRAILER = "Package-Path";
/** The keys of the trailers that occur once, except for the JSON trailer and the one for the upstream. */
const KEYS = {
  repository: "Package-Repository",
  path: PATH_TRAILER,
  workspace: "Package-Workspace",
  lifecycle: "Package-Lifecycle",
  revision: "Package-Revision",
  digest: "Package-Digest",
  proposalDigest: "Proposal-Digest",
  proposedBy: "Proposed-By",
  proposedAt: "Proposed-At",
  approvedBy: "Approved-By",
  returnedBy: "Returned-By",
  returnReason: "Return-Reason",
  contents: "Package-Contents",
} as const;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** The values that the status of an object accepts: others are ignored. */
const VALID_VALUES = {
  repository: /^[^/\s]{1,63}\/[^/\s]{1,63}$/,
  revision: /^.{1,255}$/,
  digest: DIGEST,
  proposalDigest: DIGEST,
  proposedBy: /^.{1,1024}$/s,
  proposedAt: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/,
  approvedBy: /^.{1,1024}$/s,
  returnedBy: /^.{1,1024}$/s,
  returnReason: /^.{1,1024}$/su,
  contents: PAGE_VERSIONS,
} as const;
/** One trailer for each editor. */
export const EDITOR_TRAILER = "Edited-By";
export const EDITORS_UNKNOWN_TRAILER = "Editors-Unknown";
/** One trailer for each package. */
const NESTED_KEY = "Nested-Package";
/** More editors than a draft has. */
const MAX_EDITORS = 1000;
const RENDER_KEYS = {
  digest: "Render-Digest",
  source: "Render-Source",
  functions: "Render-Function",
  data: "Render-Data",
} as const;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** The limits of `status.rendering.functions`. */
const MAX_FUNCTIONS = 64;
const MAX_FUNCTION_LENGTH = 256;
const MAX_DATA = 16;
const MAX_DATA_LENGTH = 1024;
const UPSTREAM_KEY = "Package-Upstream";
const METADATA_KEY = "Package-Metadata";

/** A commit or tag message: its first lines (see `renderTemplate`), and a paragraph of Git trailers. */
export function renderCommitMessage(text: string, commit: CommitMetadata): string {
  const lines: string[] = [];
  for (const [field, key] of Object.entries(KEYS) as [keyof typeof KEYS, string][]) {
    const value = commit[field];
    if (value !== undefined) lines.push(`${key}: ${renderValue(value)}`);
  }
  for (const editor of commit.editors ?? []) lines.push(`${EDITOR_TRAILER}: ${renderValue(editor)}`);
  if (commit.editorsUnknown === true) lines.push(`${EDITORS_UNKNOWN_TRAILER}: true`);
  lines.push(...renderLines(commit.render));
  for (const path of commit.nested ?? []) lines.push(`${NESTED_KEY}: ${renderValue(path)}`);
  const { spec, upstreamLock } = commit.metadata;
  if (upstreamLock !== undefined && spec?.upstream !== undefined) {
    const { repository, target, realm, package: name } = spec.upstream;
    const path = [repository, target, realm, name].filter((part) => part !== undefined).join("/");
    lines.push(`${UPSTREAM_KEY}: ${renderValue(`${path}@${upstreamLock.revision} ${upstreamLock.commit}`)}`);
  }
  lines.push(`${METADATA_KEY}: ${canonicalJson(commit.metadata)}`);
  return `${text}\n\n${lines.join("\n")}\n`;
}

function renderLines(render: RecordedRender | undefined): readonly string[] {
  if (render === undefined) return [];
  const { digest, source, functions, data = [] } = render;
  return [
    `${RENDER_KEYS.digest}: ${digest}`,
    ...(source === undefined ? [] : [`${RENDER_KEYS.source}: ${source}`]),
    ...functions.map((one) => `${RENDER_KEYS.functions}: ${renderValue(one)}`),
    ...data.map((one) => `${RENDER_KEYS.data}: ${renderValue(one)}`),
  ];
}

/** Undefined without one; what is not as the operator writes it counts as none. */
function parseRender(lines: readonly (readonly [string, string])[]): RecordedRender | undefined {
  const valuesOf = (key: string) => lines.flatMap(([one, value]) => (one === key ? [value] : []));
  const [digest = ""] = valuesOf(RENDER_KEYS.digest);
  const [source] = valuesOf(RENDER_KEYS.source);
  const [functions, data] = [valuesOf(RENDER_KEYS.functions), valuesOf(RENDER_KEYS.data)];
  const isWithin = (values: readonly string[], most: number, longest: number) =>
    values.length <= most && values.every(({ length }) => length <= longest);
  const isKnown = isWithin(functions, MAX_FUNCTIONS, MAX_FUNCTION_LENGTH) && isWithin(data, MAX_DATA, MAX_DATA_LENGTH);
  if (!DIGEST.test(digest) || !isKnown || (source !== undefined && !COMMIT.test(source))) return undefined;
  return { digest, ...(source !== undefined && { source }), functions, ...(data.length > 0 && { data }) };
}

/**
 * A message without trailers. `closing`: a sentence, as the last paragraph, so that none of the text is read as
 * trailers.
 */
export function renderPlainMessage(text: string, closing: string): string {
  return `${text}\n\n${closing}\n`;
}

/** Parses the trailers of a message; undefined if it is not a message of the operator. */
export function parseCommitMetadata(message: string): CommitMetadata | undefined {
  const text = message.trimEnd();
  const blank = text.lastIndexOf("\n\n");
  const paragraph = blank < 0 ? text : text.slice(blank + 2);
  const lines = paragraph.split("\n").flatMap((line) => {
    const colon = line.indexOf(": ");
    return colon > 0 ? [[line.slice(0, colon), parseValue(line.slice(colon + 2))] as const] : [];
  });
  const trailers = new Map(lines);
  const [path, workspace, lifecycle] = [KEYS.path, KEYS.workspace, KEYS.lifecycle].map((key) => trailers.get(key));
  const knownLifecycle = LIFECYCLES.find((one) => one === lifecycle);
  if (path === undefined || workspace === undefined || knownLifecycle === undefined) return undefined;
  const optional = (Object.keys(VALID_VALUES) as (keyof typeof VALID_VALUES)[]).flatMap((field) => {
    const value = trailers.get(KEYS[field]);
    return value === undefined || !VALID_VALUES[field].test(value) ? [] : [[field, value] as const];
  });
  const named = lines.flatMap(([key, value]) => (key === EDITOR_TRAILER ? [value] : []));
  const editors = named.filter(isUserName);
  const render = parseRender(lines);
  const nested = lines.flatMap(([key, value]) => (key === NESTED_KEY && value.startsWith(`${path}/`) ? [value] : []));
  return {
    path,
    workspace,
    lifecycle: knownLifecycle,
    ...Object.fromEntries(optional),
    ...recordedEditors({
      editors: editors.slice(0, MAX_EDITORS),
      editorsUnknown:
        trailers.has(EDITORS_UNKNOWN_TRAILER) || editors.length < named.length || editors.length > MAX_EDITORS,
    }),
    ...(render !== undefined && { render }),
    ...(nested.length > 0 && { nested }),
    metadata: parseMetadata(trailers.get(METADATA_KEY)),
  };
}

/** Who edited a draft, as its next commit repeats it. */
export function recordedEditors(
  {
    editors = [],
    editorsUnknown = false,
  }: { readonly editors?: readonly string[]; readonly editorsUnknown?: boolean } = {},
  ...more: readonly string[]
): Pick<CommitMetadata, "editors" | "editorsUnknown"> {
  const all = [...new Set([...editors, ...more])];
  return { ...(all.length > 0 && { editors: all }), ...(editorsUnknown && { editorsUnknown }) };
}

function isUserName(value: string): boolean {
  return VALID_VALUES.proposedBy.test(value);
}

/** Another version of the operator may have written it: metadata of a wrong type is ignored. */
function parseMetadata(text: string | undefined): RecordedMetadata {
  if (text === undefined || text.length > MAX_METADATA_LENGTH) return {};
  let value: unknown;
  try {
    value = parseJson(text);
    canonicalJson(value);
  } catch {
    // Not JSON, or too deep to be compared.
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Plain if `parseValue` returns the same text; else as a JSON string, so that names of users and folders are preserved.
 */
function renderValue(text: string): string {
  const plain = text !== "" && text === text.trim() && !/^"|[\x00-\x1f\x7f]/.test(text) && text.isWellFormed();
  return plain ? text : JSON.stringify(text);
}

/** The value of a trailer, as `renderCommitMessage` writes it. */
export function parseValue(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
