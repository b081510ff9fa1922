import { createHash } from "node:crypto";
import type { Lifecycle } from "../../src/api/v1alpha1/lifecycle.ts";
import type { PackageRevID } from "../../src/api/v1alpha1/package-identity.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type {
  PackageRevisionResources,
  PackageRevisionResourcesStatus,
} from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { PackageRevisionStatus } from "../../src/api/v1alpha1/package-revision-status.ts";
import { FINALIZER, LABEL_LATEST } from "../../src/api/v1alpha1/well-known.ts";
import { packageContents, packageRevisions } from "../../src/controllers/shared/kinds.ts";
import { timestamp } from "../../src/core/identity/timestamp.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { Draft } from "./floor-drafts.ts";
import { DEPLOYMENTS, type Files, objectNameOf, REALM, TARGET } from "./package.ts";

/** The fewest writes that the API requires of the operator, of realistic sizes. */
export class FloorObjects {
  readonly #client: KubeClient;
  readonly #namespace: string;
  /** Name of the Repository. */
  readonly #repository: string;

  constructor(client: KubeClient, namespace: string, repository = DEPLOYMENTS) {
    this.#client = client;
    this.#namespace = namespace;
    this.#repository = repository;
  }

  /** Creates the object of a revision that was found in Git. */
  async createPublished(name: string, revision: string, latest: boolean): Promise<PackageRevision> {
    const labels = latest ? { [LABEL_LATEST]: "true" } : {};
    return await this.#create({ package: name, revision, workspace: revision }, "published", labels);
  }

  /** Creates the object of a branch that was found in Git. */
  async createDraft(name: string, workspace: string): Promise<PackageRevision> {
    return await this.#create({ package: name, workspace }, "draft", {});
  }

  async #create(
    id: Pick<PackageRevID, "package" | "workspace"> & Partial<PackageRevID>,
    lifecycle: Lifecycle,
    labels: Readonly<Record<string, string>>,
  ): Promise<PackageRevision> {
    return await this.#client.create(packageRevisions, {
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevision",
      metadata: {
        name: objectNameOf(id.package, id.workspace, this.#repository),
        namespace: this.#namespace,
        finalizers: [FINALIZER],
        labels,
      },
      spec: { packageRevID: { target: TARGET, repository: this.#repository, realm: REALM, ...id }, lifecycle },
    });
  }

  /** Creates contents, which are frozen by default. */
  async createContents(owner: PackageRevision, files: Files): Promise<PackageRevisionResources> {
    const { name, namespace, uid = "" } = owner.metadata;
    const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name, uid };
    return await this.#client.create(packageContents, {
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: {
        name,
        namespace,
        ownerReferences: [{ ...reference, controller: true, blockOwnerDeletion: true }],
      },
      spec: { resources: files },
    });
  }

  async writeContentsStatus(
    contents: PackageRevisionResources,
    status: Partial<PackageRevisionResourcesStatus>,
  ): Promise<PackageRevisionResources> {
    const key = { namespace: this.#namespace, name: contents.metadata.name };
    const body = { status: { observedGeneration: contents.metadata.generation ?? 1, ...status } };
    return await this.#client.patchStatus(packageContents, key, { kind: "merge", body });
  }

  /** Writes the status with the Ready condition. */
  async writeRevisionStatus(
    object: PackageRevision,
    reason: string,
    status: Partial<PackageRevisionStatus>,
  ): Promise<PackageRevision> {
    const observedGeneration = object.metadata.generation ?? 1;
    const ready = {
      type: "Ready",
      status: "True",
      observedGeneration,
      lastTransitionTime: now(),
      reason,
      message: `${reason}: the status of the benchmark's floor, with a message of the usual length`,
    };
    const key = { namespace: this.#namespace, name: object.metadata.name };
    const body = { status: { observedGeneration, conditions: [ready], ...status } };
    return await this.#client.patchStatus(packageRevisions, key, { kind: "merge", body });
  }

  /** Of a draft whose files are rendered and validated. */
  async writeDraftStatus({
    object,
    commit,
    files,
  }: Pick<Draft, "object" | "commit" | "files">): Promise<PackageRevision> {
    const digest = digestOf(files);
    const rendering = { digest, functions: ["set-namespace@1", "set-labels@1"] };
    return await this.writeRevisionStatus(object, "Draft", {
      lifecycle: "draft",
      commit,
      contentDigest: digest,
      files: Object.keys(files).length,
      rendering,
      validation: { errors: 0, warnings: 0 },
    });
  }

  /** Sets the revision in the spec of a published object, and its label latest. */
  async setRevision(object: PackageRevision, revision: string): Promise<PackageRevision> {
    const key = { namespace: this.#namespace, name: object.metadata.name };
    const body = { metadata: { labels: { [LABEL_LATEST]: "true" } }, spec: { packageRevID: { revision } } };
    return await this.#client.patch(packageRevisions, key, { kind: "merge", body });
  }
}

export function now(): string {
  return timestamp(new Date());
}

export function digestOf(files: Files): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(files)).digest("hex")}`;
}
