type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type QueryValue = string | number | boolean | undefined;

export interface ApiRequest {
  readonly method: Method;
  /** From the root of the API server, e.g. `/api/v1/namespaces`, with encoded segments. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** `application/json` if left out. */
  readonly accept?: string;
  /** `application/json` if left out. */
  readonly contentType?: string;
  /** JSON text. */
  readonly body?: string;
  /** The answer may have this many bytes; no limit if left out. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** One HTTP exchange, for metrics and for tests that count writes. */
export interface ObservedCall {
  readonly method: Method;
  readonly path: string;
  /** The HTTP status, or `error` without a response. */
  readonly code: number | "error";
  readonly seconds: number;
}

export function formatQuery(query: ApiRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** A write as failpoints name it: `PATCH packagerevisions/status`. */
export function describeWrite({ method, path }: ApiRequest): string {
  const [kind, , subresource] = path.replace(/^.*\/namespaces\/[^/]+\//, "").split("/");
  return `${method} ${kind}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** The object of a write as failpoints name it: `NAMESPACE/NAME`. */
export function describeObject({ path, body = "{}" }: ApiRequest): string {
  const [, namespace = "", name = JSON.parse(body).metadata?.name] =
    /\/namespaces\/([^/]+)\/[^/]+(?:\/([^/]+))?/.exec(path) ?? [];
  return `${namespace}/${name}`;
}
