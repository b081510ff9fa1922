import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { packageContents, packageRevisions, repositories } from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import {
  BLUEPRINT,
  CATALOG,
  DEPLOYMENTS,
  EDITED_FILE,
  objectNameOf,
  placement,
  REALM,
  TARGET,
  WORKSPACE,
} from "./package.ts";
import type { System } from "./system.ts";

/** Requests of users to the API server: the same, under the same admission policies, for the operator and the floor. */
export interface Users {
  createDraft(name: string): Promise<PackageRevision>;
  editFile(name: string, edit: number): Promise<PackageRevisionResources>;
  propose(name: string): Promise<PackageRevision>;
  approve(name: string, digest: string): Promise<PackageRevision>;
  /** Requests a sync; returns the value that status has once it is done. */
  requestSync(repository: string): Promise<string>;
  setInterval(repository: string, interval: string): Promise<Repository>;
}

export function usersOf({ clients }: System, namespace: string): Users {
  const change = async (client: KubeClient, name: string, spec: object) =>
    await client.patch(packageRevisions, { namespace, name: objectNameOf(name) }, { kind: "merge", body: { spec } });
  const patchRepository = async (name: string, body: object) =>
    await clients.admin.patch(repositories, { namespace, name }, { kind: "merge", body });
  let requests = 0;
  return {
    createDraft: async (name) => await clients.alice.create(packageRevisions, describeDraft(namespace, name)),
    editFile: async (name, edit) => {
      const body = { spec: { resources: { [EDITED_FILE]: placement(name, edit) } } };
      return await clients.alice.patch(
        packageContents,
        { namespace, name: objectNameOf(name) },
        { kind: "merge", body },
      );
    },
    propose: async (name) => await change(clients.alice, name, { lifecycle: "proposed" }),
    approve: async (name, digest) =>
      await change(clients.bob, name, { lifecycle: "published", approval: { digest, by: "bob" } }),
    requestSync: async (repository) => {
      const value = `bench-${++requests}`;
      await patchRepository(repository, { metadata: { annotations: { [ANNOTATION_SYNC]: value } } });
      return value;
    },
    setInterval: async (repository, interval) => await patchRepository(repository, { spec: { sync: { interval } } }),
  };
}

function describeDraft(namespace: string, name: string): PackageRevision {
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: objectNameOf(name), namespace },
    spec: {
      packageRevID: { target: TARGET, repository: DEPLOYMENTS, realm: REALM, package: name, workspace: WORKSPACE },
      lifecycle: "draft",
      tasks: [{ type: "clone" }],
      upstream: { repository: CATALOG, package: BLUEPRINT, revision: "v1" },
    },
  };
}

/** A namespace with the git server's password. */
export async function createNamespace({ clients, git }: System, name: string): Promise<void> {
  const core = (path: string, body: object) =>
    clients.admin.send({ method: "POST", path: `/api/v1/${path}`, body: JSON.stringify(body) });
  await core("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const { user, password } = git.credentials;
  await core(`namespaces/${name}/secrets`, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "git-auth" },
    type: "kubernetes.io/basic-auth",
    stringData: { username: user, password },
  });
}

/** Registers a repository of the git server. `interval`: of its syncs; the default one if absent. */
export async function createRepository(
  { clients, git }: System,
  namespace: string,
  name: string,
  onServer: string,
  interval?: string,
): Promise<void> {
  await clients.admin.create(repositories, {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name, namespace },
    // All: the contents of every revision are measured, also beyond the budget.
    spec: {
      deployment: name !== CATALOG,
      contents: "All",
      ...(interval !== undefined && { sync: { interval } }),
      git: { url: git.url(onServer), credentials: "git-auth" },
    },
  });
}
