import { LIFECYCLES, type Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import {
  APPROVER_TRAILER,
  type ApprovingRule,
  approvalTrailers,
  parseApprovals,
  type RecordedApprovals,
} from "./approval-trailers.ts";
import { editorTrailers, parseEditorTrailers, type RecordedEditors, USER_NAME } from "./editor-trailers.ts";
import { gateTrailers, parseGateTrailers, type RecordedGate } from "./gate-trailers.ts";
import { PAGE_VERSIONS } from "./page-versions.ts";
import { parseRecordedMetadata } from "./parse-recorded-metadata.ts";
import type { RecordedMetadata } from "./recorded-metadata.ts";
import { parseRenderTrailers, type RecordedRender, renderTrailers } from "./render-trailers.ts";
import { toLine, trailersIn, valuesOf } from "./trailer-value.ts";
import { recordedLock } from "./upstream-lock.ts";

/**
 * The metadata in the message of the operator's commits and tags: trailers for readers of `git log`, and one JSON
 * trailer from which the object can be recreated. It is read only if there is no object, and never restores an
 * approval.
 */
export interface CommitMetadata extends RecordedEditors {
  /** `namespace/name` of the Repository by whose rules the step was made; the store writes it. */
  readonly repository?: string;
  /** The package's folder from the repository's root. */
  readonly path: string;
  readonly workspace: string;
  /** Of the push that begins a draft, its publication, and the tag of its deletion: the uid of the object. */
  readonly uid?: string;
  readonly lifecycle: Lifecycle;
  readonly revision?: string;
  /** `contentDigest` of the package's files. */
  readonly digest?: string;
  /** `proposalDigest` of a proposal, and of the publication that an approval of it led to. */
  readonly proposalDigest?: string;
  readonly proposedBy?: string;
  /** RFC 3339. */
  readonly proposedAt?: string;
  /** The approver who requested the publication. */
  readonly approvedBy?: string;
  /** Of a publication: the gates that it needed. */
  readonly gates?: readonly RecordedGate[];
  /** Of a publication that needed more than one approver's approval: what it needed, and had. */
  readonly approvals?: RecordedApprovals;
  /** Of a publication that no person approved: the rule of the Repository that did. */
  readonly approvedByRule?: ApprovingRule;
  /** Of a publication during a freeze: who overrode it, and the reason given. */
  readonly freezeOverriddenBy?: string;
  readonly freezeOverrideReason?: string;
  /** Of the publication of a release: its name, and the digest over its members, see `releaseDigest`. */
  readonly release?: string;
  readonly releaseDigest?: string;
  /** Of the commit that makes a proposal a draft again: who did so, and the reason given. */
  readonly returnedBy?: string;
  readonly returnReason?: string;
  /** Of the commit that rebases a draft: the user who asked for it, and the new base. */
  readonly rebasedBy?: string;
  readonly rebasedOnto?: string;
  /** Of a commit whose files are the result of a render. */
  readonly render?: RecordedRender;
  /** The versions of the pages that a draft's commit contains, see `editedVersions`. */
  readonly contents?: string;
  /** Of a draft of which an earlier commit has edits, or is not the operator's, or that has files of main. */
  readonly edited?: true;
  /** Of a publication: the paths of the published packages below its folder, which are not part of it. */
  readonly nested?: readonly string[];
  readonly metadata: RecordedMetadata;
}

/** Every message of an operator has it. */
export const PATH_TRAILER = "Package-Path";
/** The keys of the trailers that occur once, except for the JSON trailer and the one for the upstream. */
const KEYS = {
  repository: "Package-Repository",
  path: PATH_TRAILER,
  workspace: "Package-Workspace",
  uid: "Package-UID",
  lifecycle: "Package-Lifecycle",
  revision: "Package-Revision",
  digest: "Package-Digest",
  proposalDigest: "Proposal-Digest",
  proposedBy: "Proposed-By",
  proposedAt: "Proposed-At",
  approvedBy: APPROVER_TRAILER,
  freezeOverriddenBy: "Freeze-Overridden-By",
  freezeOverrideReason: "Freeze-Override-Reason",
  release: "Package-Release",
  releaseDigest: "Release-Digest",
  returnedBy: "Returned-By",
  returnReason: "Return-Reason",
  rebasedBy: "Rebased-By",
  rebasedOnto: "Rebased-Onto",
  contents: "Package-Contents",
} as const;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** The values that the status of an object accepts: others are ignored. */
const VALID_VALUES = {
  repository: /^[^/\s]{1,63}\/[^/\s]{1,63}$/,
  uid: /^[0-9A-Za-z-]{1,64}$/,
  revision: /^.{1,255}$/,
  digest: DIGEST,
  proposalDigest: DIGEST,
  proposedBy: USER_NAME,
  proposedAt: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/,
  freezeOverriddenBy: USER_NAME,
  freezeOverrideReason: /^.{1,256}$/su,
  release: /^[A-Za-z0-9._-]{1,63}$/,
  releaseDigest: DIGEST,
  returnedBy: USER_NAME,
  returnReason: /^.{1,1024}$/su,
  rebasedBy: USER_NAME,
  rebasedOnto: /^.{1,512}$/su,
  contents: PAGE_VERSIONS,
} as const;
/** One trailer for each package. */
const EDITED_KEY = "Package-Edited";
const NESTED_KEY = "Nested-Package";
const UPSTREAM_KEY = "Package-Upstream";
const METADATA_KEY = "Package-Metadata";

/** A commit or tag message: its first lines (see `renderTemplate`), and a paragraph of Git trailers. */
export function renderCommitMessage(text: string, commit: CommitMetadata): string {
  const lines: string[] = [];
  for (const [field, key] of Object.entries(KEYS) as [keyof typeof KEYS, string][]) {
    const value = commit[field];
    if (value !== undefined) lines.push(toLine(key, value));
    if (field === "approvedBy") lines.push(...approvalTrailers(commit));
  }
  if (commit.edited === true) lines.push(toLine(EDITED_KEY, "true"));
  lines.push(...editorTrailers(commit), ...gateTrailers(commit.gates), ...renderTrailers(commit.render));
  for (const path of commit.nested ?? []) lines.push(toLine(NESTED_KEY, path));
  const lock = recordedLock(commit.metadata);
  if (lock !== undefined) {
    const { repository, target, realm, package: name } = lock;
    const path = [repository, target, realm, name].filter((part) => part !== undefined).join("/");
    lines.push(toLine(UPSTREAM_KEY, `${path}@${lock.revision} ${lock.commit}`));
  }
  lines.push(`${METADATA_KEY}: ${canonicalJson(commit.metadata)}`);
  return `${text}\n\n${lines.join("\n")}\n`;
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
  const lines = trailersIn(message);
  const trailers = new Map(lines);
  const [path, workspace, lifecycle] = [KEYS.path, KEYS.workspace, KEYS.lifecycle].map((key) => trailers.get(key));
  const knownLifecycle = LIFECYCLES.find((one) => one === lifecycle);
  if (path === undefined || workspace === undefined || knownLifecycle === undefined) return undefined;
  const optional = (Object.keys(VALID_VALUES) as (keyof typeof VALID_VALUES)[]).flatMap((field) => {
    const value = trailers.get(KEYS[field]);
    return value === undefined || !VALID_VALUES[field].test(value) ? [] : [[field, value] as const];
  });
  const render = parseRenderTrailers(lines);
  const gates = parseGateTrailers(lines);
  const approvals = parseApprovals(lines);
  const nested = valuesOf(NESTED_KEY, lines).filter((value) => value.startsWith(`${path}/`));
  return {
    path,
    workspace,
    lifecycle: knownLifecycle,
    ...Object.fromEntries(optional),
    ...approvals,
    ...(trailers.get(EDITED_KEY) === "true" && { edited: true }),
    ...parseEditorTrailers(lines),
    ...(gates.length > 0 && { gates }),
    ...(render !== undefined && { render }),
    ...(nested.length > 0 && { nested }),
    metadata: parseRecordedMetadata(trailers.get(METADATA_KEY)),
  };
}

/**
 * `edited` after these commits of a draft, which may be the same one: its files were edited or pushed since it began,
 * or have what was pushed to main. That is never undone, so that the commit before counts as well: status may not have
 * seen it.
 */
export function editedAfter(...commits: readonly (CommitMetadata | undefined)[]): Pick<CommitMetadata, "edited"> {
  const isEdited = commits.some((one) => {
    if (one === undefined || one.contents !== undefined || one.edited === true) return true;
    return one.metadata.base?.mainCommit !== undefined;
  });
  return isEdited ? { edited: true } : {};
}
