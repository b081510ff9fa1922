import { expect, inject, test } from "vitest";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { waitUntil } from "../harness/wait.ts";
import { type ApiClient, type ApiResponse, createApiClient, type KubeLike, type User } from "../testenv/api-client.ts";
import { createUserNamespace } from "../testenv/namespace.ts";
import { has } from "../testenv/needs.ts";
import { newRevision, revisionOf } from "./objects.ts";

export type { ApiResponse, KubeLike, User };

/** A namespace in which each user has a role; no operator runs. */
export interface PolicyTestEnv {
  readonly controlPlane: ProvidedControlPlane;
  readonly namespace: string;
  readonly requestAs: ApiClient;
  /** The collections' paths, for `requestAs`. */
  readonly revisions: string;
  readonly contents: string;
  readonly repositories: string;
  /** Creates `object`, by default a new package revision, in the state in which the operator would have left it. */
  arrange(given: Given, collection?: string, object?: object): Promise<KubeLike>;
}

/** The state of an object before the request under test. */
export interface Given {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Fields of spec.packageRevID that differ from those of a new package revision. */
  readonly id?: Readonly<Record<string, string | undefined>>;
  /** `observedGeneration` defaults to the object's own generation. */
  readonly status?: Readonly<Record<string, unknown>>;
}

/**
 * `it` of the suites of policies. `env` has a namespace for each file. Files that replace `controlPlane` replace
 * `mutating` as well: whether that control plane has the mutating policies. They use `extend`: a top-level `override`
 * would also hold for the later files of the worker.
 */
export const it = test
  .extend("controlPlane", { scope: "file" }, () => inject("controlPlane"))
  .extend("mutating", { scope: "file" }, () => has("MutatingAdmissionPolicy"))
  .extend("env", { scope: "file" }, ({ controlPlane, mutating }) => createPolicyTestEnv(controlPlane, { mutating }));

/** Creates a namespace, and waits until roles and policies are active in it. */
export async function createPolicyTestEnv(
  controlPlane: ProvidedControlPlane,
  { mutating = has("MutatingAdmissionPolicy") } = {},
): Promise<PolicyTestEnv> {
  const namespace = `policies-${Math.random().toString(36).slice(2, 8)}`;
  const requestAs = await createApiClient(controlPlane);
  await createUserNamespace(requestAs, namespace);
  const revisions = `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisions`;
  await waitForPolicies(requestAs, revisions, mutating);
  return {
    controlPlane,
    namespace,
    requestAs,
    revisions,
    contents: `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisionresourceses`,
    repositories: `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/repositories`,
    arrange: (given, collection = revisions, object = newRevision()) => arrange(requestAs, given, collection, object),
  };
}

/** Policies become active together, a second or two after they were created: one of each kind is probed. */
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
  const id = given.id && { packageRevID: { ...(spec.packageRevID as object), ...given.id } };
  const body = { ...kind, metadata: { ...metadata, ...given.metadata }, spec: { ...spec, ...given.spec, ...id } };
  const created = await requestAs("operator", "create", collection, body);
  expectResponse(created);
  if (given.status === undefined) return created.body;
  const status = { observedGeneration: created.body.metadata.generation, ...given.status };
  const path = `${collection}/${created.body.metadata.name}/status`;
  const updated = await requestAs("operator", "merge", path, { status });
  expectResponse(updated);
  return updated.body;
}

/** `refused`: a part of the message that the user reads; absent: the request must have been accepted. */
export function expectResponse(response: ApiResponse, refused?: string): void {
  if (refused === undefined) expect(response.body.message).toBeUndefined();
  else expect(response.body.message).toContain(refused);
  expect([...(refused === undefined ? [200, 201] : [403, 422])]).toContain(response.code);
}
