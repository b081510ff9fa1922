import { expect } from "vitest";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { type ApiClient, type ApiResponse, createApiClient, type KubeLike, type User } from "../testenv/api-client.ts";

export type { ApiResponse, KubeLike, User };

const ROLES = { alice: "editor", bob: "approver", carol: "admin", dave: "viewer" } as const;

/** A namespace in which each user has a role, and what tests do there. */
export interface PolicyTestEnv {
  readonly requestAs: ApiClient;
  /** The collections' paths, for `ask`. */
  readonly revisions: string;
  readonly contents: string;
  readonly repositories: string;
  /** Makes an object as the operator would have left it; a new package revision unless told. */
  arrange(given: Given, collection?: string, object?: object): Promise<KubeLike>;
}

/** What the operator has made of the object before someone acts on it. */
export interface Given {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** `observedGeneration` is the object's own generation unless it is said here. */
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Makes the namespace and waits until rights and policies are active; `mutating`: also those that fill in. */
export async function createPolicyTestEnv(
  controlPlane: ProvidedControlPlane,
  namespace: string,
  { mutating = true } = {},
): Promise<PolicyTestEnv> {
  const requestAs = await createApiClient(controlPlane);
  const kubectl = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
  await kubectl("create", "namespace", namespace);
  for (const [user, role] of Object.entries(ROLES)) {
    const grant = [`--clusterrole=pkgserver-${role}`, `--user=${user}`, `--namespace=${namespace}`];
    await kubectl("create", "rolebinding", user, ...grant);
  }
  const revisions = `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisions`;
  await waitForPolicies(requestAs, revisions, mutating);
  return {
    requestAs,
    revisions,
    contents: `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisionresourceses`,
    repositories: `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/repositories`,
    arrange: (given, collection = revisions, object = newRevision()) => arrange(requestAs, given, collection, object),
  };
}

/** The API server takes policies up together, a second or two after they were made: one stands for all of its kind. */
async function waitForPolicies(requestAs: ApiClient, revisions: string, mutating: boolean): Promise<void> {
  const object = revisionOf("probe");
  const path = `${revisions}?dryRun=All`;
  await waitUntil("the policies are active", async () => {
    const misnamed = await requestAs("alice", "create", path, { ...object, metadata: { name: "misnamed" } });
    const proposed = await requestAs("alice", "create", path, {
      ...object,
      spec: { ...object.spec, lifecycle: "proposed" },
    });
    const filledIn = JSON.stringify(proposed.body).includes('"pkg.pkgserver.dev/proposed-by":"alice"');
    return misnamed.code === 422 && proposed.code === 201 && filledIn === mutating;
  });
}

async function arrange(requestAs: ApiClient, given: Given, collection: string, object: object): Promise<KubeLike> {
  const { metadata, spec, ...kind } = object as KubeLike;
  const body = { ...kind, metadata: { ...metadata, ...given.metadata }, spec: { ...spec, ...given.spec } };
  const made = await requestAs("operator", "create", collection, body);
  expectAnswer(made);
  if (given.status === undefined) return made.body;
  const status = { observedGeneration: made.body.metadata.generation, ...given.status };
  const shown = await requestAs("operator", "merge", `${collection}/${made.body.metadata.name}/status`, { status });
  expectAnswer(shown);
  return shown.body;
}

/** `refused`: a part of the message that the user reads; absent: it must have been accepted. */
export function expectAnswer(answer: ApiResponse, refused?: string): void {
  if (refused === undefined) expect(answer.body.message).toBeUndefined();
  else expect(answer.body.message).toContain(refused);
  expect([...(refused === undefined ? [200, 201] : [403, 422])]).toContain(answer.code);
}

let count = 0;

/** A package revision of a workspace that no other one has. */
export function newRevision() {
  count += 1;
  return revisionOf(`w-${count}`);
}

/** A package revision of the package `net`, as one would write it. */
export function revisionOf(workspace: string, id: Readonly<Record<string, string>> = {}) {
  const packageRevID = { target: "edge", repository: "deployments", package: "net", workspace, ...id };
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: `${packageRevID.target}.deployments.net.${workspace}` },
    spec: { packageRevID },
  };
}

/** The object that holds a package's files, or a page of them. */
export function contentsOf(name: string, spec: object = {}) {
  return { apiVersion: "pkg.pkgserver.dev/v1alpha1", kind: "PackageRevisionResources", metadata: { name }, spec };
}
