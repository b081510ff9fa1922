import { packageVariants } from "../../src/api/resources.ts";
import type { PackageVariant, PackageVariantSpec } from "../../src/api/v1alpha1/package-variant.ts";
import { waitUntil } from "../harness/wait.ts";
import { type ApiClient, createApiClient, type User } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { createNamespaceRequest } from "./namespace-request.ts";

const VARIANTS = packageVariants.plural;

/** Users' operations on PackageVariants. A refused request throws an Error with the API server's message. */
export interface Variants {
  create(name: string, spec: PackageVariantSpec, user?: User): Promise<PackageVariant>;
  /** Merge patch of the spec. */
  change(name: string, spec: object, user?: User): Promise<PackageVariant>;
  delete(name: string, user?: User): Promise<void>;
  get(name: string): Promise<PackageVariant>;
  waitUntilGone(name: string): Promise<void>;
  /** Waits for this reason of the Ready condition, at the newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageVariant>;
  waitFor(name: string, description: string, until: (object: PackageVariant) => boolean): Promise<PackageVariant>;
}

/** By default as alice, who may edit. */
export async function createVariants(
  env: Pick<TestEnv, "controlPlane" | "namespace">,
  requestAs?: ApiClient,
): Promise<Variants> {
  const request = createNamespaceRequest(requestAs ?? (await createApiClient(env.controlPlane)), env.namespace);
  const waitFor: Variants["waitFor"] = async (name, description, until) =>
    await request.waitFor(`${VARIANTS}/${name}`, `${name} ${description}`, until);
  return {
    create: async (name, spec, user = "alice") =>
      await request(user, "create", VARIANTS, {
        apiVersion: `${packageVariants.group}/${packageVariants.version}`,
        kind: packageVariants.kind,
        metadata: { name },
        spec,
      }),
    change: async (name, spec, user = "alice") => await request(user, "merge", `${VARIANTS}/${name}`, { spec }),
    delete: async (name, user = "alice") => {
      await request(user, "delete", `${VARIANTS}/${name}`);
    },
    get: async (name) => await request("admin", "get", `${VARIANTS}/${name}`),
    waitUntilGone: async (name) => {
      const list = async () => (await request<{ items: PackageVariant[] }>("admin", "get", VARIANTS)).items;
      const isGone = (all: readonly PackageVariant[]) => all.every(({ metadata }) => metadata.name !== name);
      await waitUntil(`${name} is gone`, list, { until: isGone });
    },
    waitFor,
    waitForReason: async (name, reason) =>
      await waitFor(name, `is ${reason}`, ({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        return status?.observedGeneration === metadata.generation && ready?.reason === reason;
      }),
  };
}
