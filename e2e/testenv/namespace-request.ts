import { waitUntil } from "../harness/wait.ts";
import type { ApiClient, KubeLike, User, Verb } from "./api-client.ts";

/** Requests for pkgserver's objects; `path` below the namespace, such as `packagerevisions/NAME/status`. */
export interface NamespaceRequest {
  <T>(user: User, verb: Verb, path: string, body?: object): Promise<T>;
  /** Waits until `until` accepts an object, and returns it. Looks at the object as it is now, and at every change. */
  waitFor<T extends object>(path: string, description: string, until: (object: T) => boolean): Promise<T>;
}

/** Requests that throw an Error with the API server's message if they are refused. */
export function createNamespaceRequest(requestAs: ApiClient, namespace: string): NamespaceRequest {
  const pathOf = (path: string) => {
    const isConfig = /^(?:repositories|packagevariants|packagevariantsets)(?:\/|$)/.test(path);
    const group = isConfig ? "config.pkg.pkgserver.dev" : "pkg.pkgserver.dev";
    return `${group}/v1alpha1/namespaces/${namespace}/${path}`;
  };
  const request = async <T>(user: User, verb: Verb, path: string, body?: object): Promise<T> => {
    const response = await requestAs(user, verb, pathOf(path), body);
    if (response.code >= 300) throw new Error(`${user} ${verb} ${path}: ${response.code} ${response.body.message}`);
    return response.body as T;
  };
  const waitFor = async <T extends object>(path: string, description: string, until: (object: T) => boolean) => {
    const look = async (): Promise<T> => {
      let last = await request<T & KubeLike>("admin", "get", path);
      if (until(last)) return last;
      // A watch: a request for each look of thousands of waits was a tenth of the API server's CPU time.
      for await (const object of requestAs.watch(pathOf(path), last.metadata.resourceVersion)) {
        last = object as T & KubeLike;
        if (until(last)) break;
      }
      return last;
    };
    return await waitUntil(description, look, { until });
  };
  return Object.assign(request, { waitFor });
}
