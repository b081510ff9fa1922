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
  readonly metadata: {
    readonly name: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

export type Verb = "create" | "merge" | "json" | "apply" | "replace" | "delete" | "get";

export interface ApiClient {
  /** Sends a request as `user`. A refusal is a response, not an error. `path` below /apis/, or absolute. */
  (user: User | Impersonated, verb: Verb, path: string, body?: unknown): Promise<ApiResponse>;
  /**
   * Every state of an object after `resourceVersion`, as the administrator sees it. Ends after some seconds, when the
   * object is deleted or that version has become too old, and with the API server. Throws if the API server refuses.
   */
  watch(path: string, resourceVersion: string): AsyncGenerator<KubeLike>;
}

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
/** A watch that has gone silent is noticed then. */
const WATCH_SECONDS = 5;
const GARBAGE_COLLECTOR: Impersonated = { username: "system:serviceaccount:kube-system:generic-garbage-collector" };

/** Its connections: each costs the API server a handshake, and an environment has several clients. */
const agents = new WeakMap<ProvidedControlPlane, Promise<Agent>>();

function agentFor(controlPlane: ProvidedControlPlane): Promise<Agent> {
  const agent = agents.get(controlPlane) ?? openAgent(controlPlane);
  agents.set(controlPlane, agent);
  return agent;
}

async function openAgent({ caFile }: ProvidedControlPlane): Promise<Agent> {
  return new Agent({ connect: { ca: await readFile(caFile) } });
}

/** Plain HTTP: hundreds of requests as many users take seconds; a kubectl process for each would take minutes. */
export async function createApiClient(controlPlane: ProvidedControlPlane): Promise<ApiClient> {
  const tokens = new Map<string, string>();
  for (const [user, file] of Object.entries(controlPlane.kubeconfigs)) {
    tokens.set(user, parse(await readFile(file, "utf8")).users[0].user.token);
  }
  const dispatcher = await agentFor(controlPlane);
  const requestAs = async (user: User | Impersonated, verb: Verb, path: string, body?: unknown) => {
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
  async function* watch(path: string, resourceVersion: string): AsyncGenerator<KubeLike> {
    const slash = path.lastIndexOf("/");
    const url = new URL(path.slice(0, slash), `${controlPlane.server}/apis/`);
    const fieldSelector = `metadata.name=${path.slice(slash + 1)}`;
    const timeoutSeconds = String(WATCH_SECONDS);
    url.search = String(new URLSearchParams({ watch: "true", resourceVersion, fieldSelector, timeoutSeconds }));
    const bodyTimeout = 2_000 * WATCH_SECONDS;
    const { statusCode, body } = await request(url, { dispatcher, headers: identify("admin", tokens), bodyTimeout });
    if (statusCode !== 200) throw new Error(`watch ${path}: ${statusCode} ${await body.text()}`);
    let rest = "";
    for await (const text of body.setEncoding("utf8")) {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const { type, object } of lines.map((line) => JSON.parse(line) as { type: string; object: KubeLike })) {
        if (type !== "ADDED" && type !== "MODIFIED") return;
        yield object;
      }
    }
  }
  return Object.assign(requestAs, { watch });
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
