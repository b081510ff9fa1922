import { randomBytes } from "node:crypto";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import type { NamespaceRequest } from "./namespace-request.ts";

/** The reason of the Ready condition. */
export function readyReason(object: {
  readonly status?: { readonly conditions?: readonly { type: string; reason: string }[] };
}): string | undefined {
  return object.status?.conditions?.find((one) => one.type === "Ready")?.reason;
}

/** Requests and waits for objects of one namespace, as the cluster's administrator. */
export interface NamespaceObjects {
  /** Registers a repository of the git server with its password, and waits until it is Ready. */
  register(
    name: string,
    spec?: Readonly<Record<string, unknown>>,
    git?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Applies a Repository of the git server with its password, and does not wait. */
  applyRepository(
    name: string,
    spec?: Readonly<Record<string, unknown>>,
    git?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  repository(name: string): Promise<Repository>;
  /** Waits for this reason of the Ready condition, at the Repository's newest generation. */
  waitForRepository(name: string, reason: string): Promise<Repository>;
  /** Requests a sync with the annotation, and does not wait. Returns what the status will acknowledge. */
  requestSync(name: string): Promise<string>;
  /** Requests a sync with the annotation, and waits until the status acknowledges it. */
  sync(name: string): Promise<Repository>;
  revision(name: string): Promise<PackageRevision>;
  contents(name: string): Promise<PackageRevisionResources>;
  revisions(): Promise<readonly PackageRevision[]>;
  /** Waits until `until` accepts a package revision, and returns it. */
  waitFor(name: string, description: string, until: (object: PackageRevision) => boolean): Promise<PackageRevision>;
  /** Waits for this reason of the Ready condition, at the object's newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageRevision>;
}

/** `urlOf`: a repository's URL by its name. */
export function createNamespaceObjects(request: NamespaceRequest, urlOf: (name: string) => string): NamespaceObjects {
  const isAt = (reason: string) => (object: Repository | PackageRevision) =>
    object.status?.observedGeneration === object.metadata.generation && readyReason(object) === reason;
  const objects: NamespaceObjects = {
    register: async (name, more, inGit) => {
      await objects.applyRepository(name, more, inGit);
      await objects.waitForRepository(name, "Synced");
    },
    applyRepository: async (name, more = {}, inGit = {}) => {
      const repository = {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: { name },
        spec: { git: { url: urlOf(name), credentials: "git-auth", ...inGit }, ...more },
      };
      // As kubectl apply does, without a process for it.
      const { items } = await request<{ items: readonly Repository[] }>("admin", "get", "repositories");
      const exists = items.some(({ metadata }) => metadata.name === name);
      if (exists) await request("admin", "merge", `repositories/${name}`, repository);
      else await request("admin", "create", "repositories", repository);
    },
    repository: async (name) => await request<Repository>("admin", "get", `repositories/${name}`),
    waitForRepository: async (name, reason) =>
      await request.waitFor<Repository>(`repositories/${name}`, `Repository ${name} is ${reason}`, isAt(reason)),
    requestSync: async (name) => {
      const requested = randomBytes(6).toString("hex");
      const metadata = { annotations: { [ANNOTATION_SYNC]: requested } };
      await request("admin", "merge", `repositories/${name}`, { metadata });
      return requested;
    },
    sync: async (name) => {
      const requested = await objects.requestSync(name);
      const hasSynced = (one: Repository) => one.status?.lastHandledSyncRequest === requested;
      return await request.waitFor(`repositories/${name}`, `Repository ${name} has synced`, hasSynced);
    },
    revision: async (name) => await request<PackageRevision>("admin", "get", `packagerevisions/${name}`),
    contents: async (name) =>
      await request<PackageRevisionResources>("admin", "get", `packagerevisionresourceses/${name}`),
    revisions: async () => (await request<{ items: PackageRevision[] }>("admin", "get", "packagerevisions")).items,
    waitFor: async (name, description, until) =>
      await request.waitFor(`packagerevisions/${name}`, `${name} ${description}`, until),
    waitForReason: async (name, reason) => await objects.waitFor(name, `is ${reason}`, isAt(reason)),
  };
  return objects;
}
