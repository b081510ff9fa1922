import {
  ANNOTATION_CHANGED_BY,
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_CONFIRM_HISTORY,
  ANNOTATION_DELETE_BRANCH,
  ANNOTATION_EDITED_BY,
  ANNOTATION_LIFECYCLE_CHANGED_BY,
  ANNOTATION_PROPOSED_BY,
  ANNOTATION_REBASE_REQUESTED_BY,
  ANNOTATION_REJECTION_REASON,
  LABEL_RELEASE,
} from "../../../../api/v1alpha1/well-known.ts";
import { recordedNames } from "../../../../core/identity/recorded-names.ts";
import { digestOfMembers, releaseKey } from "../../../../core/release/members.ts";
import type { ModelApi } from "./api.ts";
import { isPublished } from "./lifecycle.ts";
import type { Files } from "./trees.ts";

const GATE = "example.com/scanned";

/** What users do with kubectl, within the admission policies. Each method returns false if a policy refuses it. */
export class ModelUser {
  readonly #api: ModelApi;

  constructor(api: ModelApi) {
    this.#api = api;
  }

  edit(name: string, change: (files: Files) => Files, by = "ann"): boolean {
    const contents = this.#api.contents(name);
    if (contents === undefined || contents.frozen) return false;
    const files = change(contents.files);
    if (files.size === 0) return false;
    // As the policies do.
    if (isSameFiles(contents.files, files)) return true;
    const editedBy = this.#api.get("packagerevisionresourceses", name)?.metadata.annotations?.[ANNOTATION_EDITED_BY];
    this.#api.patch("packagerevisionresourceses", name, {
      metadata: { annotations: { [ANNOTATION_EDITED_BY]: withName(editedBy, by) } },
      spec: { resources: replacing(contents.files, files) },
    });
    return true;
  }

  setLifecycle(name: string, desired: "draft" | "proposed"): boolean {
    const { spec, status, metadata } = this.#api.revision(name) ?? {};
    const was = spec?.lifecycle ?? "draft";
    const done = status?.lifecycle ?? "draft";
    if (desired === "proposed" && metadata?.annotations?.[ANNOTATION_REBASE_REQUESTED_BY] !== undefined) return false;
    const takesBack = was === "published" && (status?.waitingFor ?? []).length > 0 && !isPublished(done);
    if (spec === undefined || was === desired || !(was === "draft" || was === "proposed" || takesBack)) return false;
    const annotations = {
      ...(desired === "proposed" && { [ANNOTATION_PROPOSED_BY]: "ann" }),
      // As the mutating policies do.
      [ANNOTATION_REJECTION_REASON]: null,
    };
    this.#api.patch("packagerevisions", name, {
      spec: { lifecycle: desired, approval: null },
      metadata: { annotations },
    });
    return true;
  }

  /** bob makes the proposal a draft. */
  reject(name: string, reason: string): boolean {
    if (!this.setLifecycle(name, "draft")) return false;
    const annotations = { [ANNOTATION_LIFECYCLE_CHANGED_BY]: "bob", [ANNOTATION_REJECTION_REASON]: reason };
    this.#api.patch("packagerevisions", name, { metadata: { annotations } });
    return true;
  }

  /** Puts a draft into a release; the policies freeze the label of others. */
  setRelease(name: string, release: string | null): boolean {
    const { status } = this.#api.revision(name) ?? {};
    if ((status?.lifecycle ?? "draft") !== "draft") return false;
    this.#api.patch("packagerevisions", name, { metadata: { labels: { [LABEL_RELEASE]: release } } });
    return true;
  }

  /** Asks for a rebase; the policy of the same name refuses that for all but drafts, and proposing in the meantime. */
  rebase(name: string, by = "ann"): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    if (status?.lifecycle !== "draft" || (spec?.lifecycle ?? "draft") !== "draft") return false;
    this.#api.patch("packagerevisions", name, { metadata: { annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: by } } });
    return true;
  }

  /** @param reviewed the digest of a member's release, if others have joined it since */
  approve(name: string, reviewed?: string): boolean {
    const object = this.#api.revision(name);
    const { spec, status, metadata } = object ?? {};
    const digest = status?.proposal?.digest;
    const isCurrent = status?.observedGeneration === metadata?.generation;
    const isProposal = spec?.lifecycle === "proposed" && status?.lifecycle === "proposed";
    if (object === undefined || !isProposal || !isCurrent || digest === undefined) return false;
    const key = releaseKey(object);
    const members = this.#api.revisions().filter((one) => releaseKey(one) === key);
    const release = key === undefined ? undefined : (reviewed ?? digestOfMembers(members));
    const approval = { digest, by: "bob", ...(release !== undefined && { release }) };
    this.#api.patch("packagerevisions", name, { spec: { lifecycle: "published", approval } });
    this.#api.approvals.push({ name, digest });
    return true;
  }

  /** An approval of something else, by somebody who is held to no policy. */
  misapprove(name: string): void {
    const digest = `sha256:${"0".repeat(64)}`;
    if (this.#api.revision(name)?.spec.lifecycle !== "proposed") return;
    this.#api.patch("packagerevisions", name, { spec: { lifecycle: "published", approval: { digest, by: "eve" } } });
  }

  /** Proposes the deletion of what is published, or takes that back. */
  proposeDeletion(name: string, desired: "deletionProposed" | "published"): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    const was = spec?.lifecycle;
    if (!isPublished(status?.lifecycle) || !isPublished(was) || was === desired) return false;
    this.#api.patch("packagerevisions", name, { spec: { lifecycle: desired } });
    return true;
  }

  /** @param withBranch the commit of the branch that is named to be deleted, too */
  delete(name: string, withBranch?: string): boolean {
    const { spec, status } = this.#api.revision(name) ?? {};
    const wasPublished =
      (spec?.lifecycle === "published" && status?.lifecycle !== undefined) || isPublished(status?.lifecycle);
    if (spec === undefined || (wasPublished && spec.lifecycle !== "deletionProposed")) return false;
    const annotations = { [ANNOTATION_DELETE_BRANCH]: withBranch };
    if (withBranch !== undefined) this.#api.patch("packagerevisions", name, { metadata: { annotations } });
    this.#api.delete("packagerevisions", name);
    return true;
  }

  label(name: string, value: string, by = "ann"): void {
    const object = this.#api.revision(name);
    if (object === undefined) return;
    const annotations = { [ANNOTATION_CHANGED_BY]: withName(object.metadata.annotations?.[ANNOTATION_CHANGED_BY], by) };
    this.#api.patch("packagerevisions", name, { metadata: { labels: { team: value }, annotations } });
  }

  /** Requires a gate, while it is a draft. */
  gate(name: string): void {
    const { spec, status } = this.#api.revision(name) ?? {};
    if (spec === undefined || (status?.lifecycle ?? "draft") !== "draft") return;
    this.#api.patch("packagerevisions", name, { spec: { readinessGates: [{ conditionType: GATE }] } });
  }

  /** A program's verdict on the contents that status names. */
  judge(name: string, passed: boolean): void {
    const { contentDigest: digest } = this.#api.revision(name)?.status ?? {};
    if (digest === undefined) return;
    const gates = [{ conditionType: GATE, digest, status: passed ? "True" : "False" }];
    this.#api.patchStatus("packagerevisions", name, { status: { gates } });
    if (passed) this.#api.passed.add(`${name} ${digest}`);
  }

  /** Changes an input; admission freezes the spec once status says that the revision is no draft. */
  input(name: string, value: string, by = "ann"): void {
    const object = this.#api.revision(name);
    if (object === undefined || (object.status?.lifecycle ?? "draft") !== "draft") return;
    const inputs = [{ apiVersion: "v1", kind: "ConfigMap", data: { value } }];
    const annotations = { [ANNOTATION_CHANGED_BY]: withName(object.metadata.annotations?.[ANNOTATION_CHANGED_BY], by) };
    this.#api.patch("packagerevisions", name, { spec: { inputs }, metadata: { annotations } });
  }

  confirmBase(name: string, values: readonly string[]): void {
    if (this.#api.revision(name) === undefined) return;
    this.#api.patch("packagerevisions", name, {
      metadata: { annotations: { [ANNOTATION_CONFIRM_BASE]: values.join(",") } },
    });
  }

  confirmHistory(name: string, rewrite: string): void {
    if (this.#api.revision(name) === undefined) return;
    this.#api.patch("packagerevisions", name, { metadata: { annotations: { [ANNOTATION_CONFIRM_HISTORY]: rewrite } } });
  }
}

/** As admission records it. */
function isSameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}

function withName(recorded: string | undefined, by: string): string {
  return [...recordedNames(recorded).filter((name) => name !== by), by].join("\n");
}

/** A merge patch from one set of files to another: files that are missing from the second are removed. */
function replacing(before: Files, after: Files): Readonly<Record<string, string | null>> {
  const removed = [...before.keys()].filter((path) => !after.has(path)).map((path) => [path, null] as const);
  return Object.fromEntries([...removed, ...after]);
}
