import type { Resource } from "../../api/meta.ts";
import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { isForbidden, isNotFound } from "../../kube/client/errors.ts";
import { Informer } from "../../kube/informer/informer.ts";

/** A watch that ends is reopened within a second. When it stays closed for longer, a policy may be gone unnoticed. */
const MAX_DISCONNECTED_MS = 5_000;

/** What is known of one kind: its objects, that the API server does not serve it, or why that is not known. */
export type Knowledge =
  | { readonly kind: "known"; readonly objects: readonly AdmissionObject[] }
  | { readonly kind: "notServed" }
  | { readonly kind: "unknown"; readonly message: string };

export interface PolicyCacheOptions {
  readonly client: KubeClient;
  readonly resource: Resource<AdmissionObject>;
  /** Versions of Kubernetes that are supported do not serve it. */
  readonly optional: boolean;
  readonly onError: (error: unknown) => void;
  readonly silenceMs?: number;
}

/**
 * The objects of one kind of policy or binding, and how far they are known. Not one of `InformerFactory`'s informers:
 * the operator starts and reads repositories also where these kinds are not served or may not be watched.
 */
export class PolicyCache {
  readonly resource: Resource<AdmissionObject>;
  readonly informer: Informer<AdmissionObject>;
  readonly #optional: boolean;
  #lastError: unknown;

  constructor({ client, resource, optional, onError, silenceMs }: PolicyCacheOptions) {
    this.resource = resource;
    this.#optional = optional;
    this.informer = new Informer<AdmissionObject>({
      client,
      resource,
      ...(silenceMs !== undefined && { silenceMs }),
      onError: (error) => {
        this.#lastError = error;
        // No failure: a version of Kubernetes without the kind, which is asked again in case it is upgraded.
        if (!optional || !isNotFound(error)) onError(error);
      },
    });
  }

  knowledge(): Knowledge {
    const { plural } = this.resource;
    const { hasSynced, disconnectedMs, lister } = this.informer;
    if (hasSynced && disconnectedMs <= MAX_DISCONNECTED_MS) return { kind: "known", objects: lister.list() };
    if (this.#optional && isNotFound(this.#lastError)) return { kind: "notServed" };
    if (isForbidden(this.#lastError)) {
      return {
        kind: "unknown",
        message: `the operator may not watch ${plural}: its ClusterRole is of another version`,
      };
    }
    const state = hasSynced ? "reports no changes of" : "has not listed";
    return { kind: "unknown", message: `the API server ${state} ${plural}` };
  }
}
