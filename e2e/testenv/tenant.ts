import { waitUntil } from "../harness/wait.ts";
import { createApiClient } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { createNamespace } from "./namespace.ts";
import { createNamespaceObjects, type NamespaceObjects } from "./namespace-objects.ts";
import { createNamespaceRequest, type NamespaceRequest } from "./namespace-request.ts";

/** Another tenant of the same operator, with a namespace of its own. */
export interface Tenant extends NamespaceObjects {
  readonly namespace: string;
  readonly request: NamespaceRequest;
  putSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void>;
  /** Waits for this reason of the Ready condition. Returns its message. */
  waitForMessage(repository: string, reason: string): Promise<string>;
  /** Requests syncs, as often as a user can, until this is true. */
  requestSyncsUntil(repository: string, isOver: () => boolean): Promise<void>;
  /** Deletes a Repository, and waits until it is gone; 60 s by default. */
  deleteRepository(name: string, options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** Creates the namespace, which the operator must watch, with the git server's Secret. */
export async function createTenant(env: TestEnv, namespace: string): Promise<Tenant> {
  const requestAs = await createApiClient(env.controlPlane);
  await createNamespace(requestAs, namespace, { user: "pkgserver", password: env.password });
  const request = createNamespaceRequest(requestAs, namespace);
  const objects = createNamespaceObjects(request, (name) => env.git.url(name));
  return {
    ...objects,
    namespace,
    request,
    putSecret: async (name, stringData) => {
      const path = `/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=testenv&force=true`;
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
      const { code, body } = await requestAs("admin", "apply", path, secret);
      if (code >= 300) throw new Error(`Secret ${name}: ${code} ${body.message}`);
    },
    waitForMessage: async (name, reason) => {
      const { status } = await objects.waitForRepository(name, reason);
      return status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
    },
    requestSyncsUntil: async (name, isOver) => {
      const request = async () => await objects.requestSync(name);
      await waitUntil("enough syncs were requested", request, { until: isOver });
    },
    deleteRepository: async (name, options = {}) => {
      await request("admin", "delete", `repositories/${name}`);
      const list = async () =>
        (await request<{ items: { metadata: { name: string } }[] }>("admin", "get", "repositories")).items;
      await waitUntil(`Repository ${name} is gone`, list, {
        ...options,
        until: (items) => !items.some(({ metadata }) => metadata.name === name),
      });
    },
  };
}
