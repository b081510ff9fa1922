import type { ApiClient, User, Verb } from "./api-client.ts";

/** Sends a request for pkgserver's objects; `path` below the namespace, such as `packagerevisions/NAME/status`. */
export type NamespaceRequest = <T>(user: User, verb: Verb, path: string, body?: object) => Promise<T>;

/** Requests that throw an Error with the API server's message if they are refused. */
export function createNamespaceRequest(requestAs: ApiClient, namespace: string): NamespaceRequest {
  return async <T>(user: User, verb: Verb, path: string, body?: object): Promise<T> => {
    const group = path.startsWith("repositories") ? "config.pkg.pkgserver.dev" : "pkg.pkgserver.dev";
    const response = await requestAs(user, verb, `${group}/v1alpha1/namespaces/${namespace}/${path}`, body);
    if (response.code >= 300) throw new Error(`${user} ${verb} ${path}: ${response.code} ${response.body.message}`);
    return response.body as T;
  };
}
