import { packageVariantSets } from "../../src/api/resources.ts";
import type { PackageVariantSet } from "../../src/api/v1alpha1/package-variant-set.ts";
import { createApiClient, type User } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { createNamespaceRequest } from "./namespace-request.ts";

const SETS = packageVariantSets.plural;

/** Users' operations on PackageVariantSets. A refused request throws an Error with the API server's message. */
export interface VariantSets {
  create(name: string, spec: object, user?: User): Promise<PackageVariantSet>;
  /** Merge patch of the object. */
  patch(name: string, body: object, user?: User): Promise<PackageVariantSet>;
  get(name: string): Promise<PackageVariantSet>;
  waitFor(name: string, description: string, until: (set: PackageVariantSet) => boolean): Promise<PackageVariantSet>;
  /** Waits for this reason of the Ready condition, at the newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageVariantSet>;
}

/** By default as alice, who may edit. */
export async function createVariantSets(env: Pick<TestEnv, "controlPlane" | "namespace">): Promise<VariantSets> {
  const request = createNamespaceRequest(await createApiClient(env.controlPlane), env.namespace);
  const waitFor: VariantSets["waitFor"] = async (name, description, until) =>
    await request.waitFor(`${SETS}/${name}`, `${name} ${description}`, until);
  return {
    create: async (name, spec, user = "alice") =>
      await request(user, "create", SETS, {
        apiVersion: `${packageVariantSets.group}/${packageVariantSets.version}`,
        kind: packageVariantSets.kind,
        metadata: { name },
        spec,
      }),
    patch: async (name, body, user = "alice") => await request(user, "merge", `${SETS}/${name}`, body),
    get: async (name) => await request("admin", "get", `${SETS}/${name}`),
    waitFor,
    waitForReason: async (name, reason) =>
      await waitFor(name, `is ${reason}`, ({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        return status?.observedGeneration === metadata.generation && ready?.reason === reason;
      }),
  };
}
