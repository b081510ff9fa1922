import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import { parse } from "yaml";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";

/**
 * alice edits, bob approves, carol administers packages, dave reads; admin is a cluster administrator, operator the
 * operator's ServiceAccount, collector Kubernetes' garbage collector.
 */
export type User = "alice" | "bob" | "carol" | "dave" | "admin" | "operator" | "collector";

/** Any username, with groups beside system:authenticated; admin impersonates it. */
export interface Impersonated {
  readonly username: string;
  readonly groups?: readonly string[];
}

export interface ApiResponse {
  readonly code: number;
  /** The object, or a `Status` with the reason of the refusal in its message. */
  readonly body: KubeLike;
}

export interface KubeLike {
  readonly message?: string;
  readonly metadata: { readonly name: string; readonly generation: number; readonly [field: string]: unknown };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

export type Verb = "create" | "merge" | "json" | "apply" | "replace" | "delete" | "get";

/** Sends a request as `user`. A refusal is a response, not an error. `path` below /apis/, or absolute. */
export type ApiClient = (user: User | Impersonated, verb: Verb, path: string, body?: unknown) => Promise<ApiResponse>;

const METHODS = {
  create: "POST",
  merge: "PATCH",
  json: "PATCH",
  apply: "PATCH",
  replace: "PUT",
  delete: "DELETE",
  get: "GET",
} as const;
const CONTENT_TYPES: Partial<Record<Verb, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
};
const GARBAGE_COLLECTOR: Impersonated = { username: "system:serviceaccount:kube-system:generic-garbage-collector" };

/** Plain HTTP: hundreds of requests as many users take seconds; a kubectl process for each would take minutes. */
export async function createApiClient(controlPlane: ProvidedControlPlane): Promise<ApiClient> {
  const tokens = new Map<string, string>();
  for (const [user, file] of Object.entries(controlPlane.kubeconfigs)) {
    tokens.set(user, parse(await readFile(file, "utf8")).users[0].user.token);
  }
  const dispatcher = new Agent({ connect: { ca: await readFile(controlPlane.caFile) } });
  return async (user, verb, path, body) => {
    const response = await request(new URL(path, `${controlPlane.server}/apis/`), {
      dispatcher,
      method: METHODS[verb],
      headers: {
        ...identify(user, tokens),
        "content-type": CONTENT_TYPES[verb] ?? "application/json",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { code: response.statusCode, body: (await response.body.json()) as KubeLike };
  };
}

function identify(
  user: User | Impersonated,
  tokens: ReadonlyMap<string, string>,
): Readonly<Record<string, string | string[]>> {
  if (user === "collector") return identify(GARBAGE_COLLECTOR, tokens);
  if (typeof user === "string") return { authorization: `Bearer ${tokens.get(user)}` };
  return {
    authorization: `Bearer ${tokens.get("admin")}`,
    "impersonate-user": user.username,
    ...(user.groups && { "impersonate-group": [...user.groups] }),
  };
}
