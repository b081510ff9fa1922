import type { Readable } from "node:stream";
import { buildConnector, type Dispatcher, Pool } from "undici";
import type { FailpointHook } from "../../core/ports/failpoint.ts";
import { ApiError, ConnectionError, parseApiError } from "./errors.ts";
import type { Cluster } from "./kubeconfig.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type QueryValue = string | number | boolean | undefined;

export interface ApiRequest {
  readonly method: Method;
  /** From the root of the API server, e.g. `/api/v1/namespaces`; segments already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly accept?: string;
  readonly contentType?: string;
  /** JSON text. */
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** One exchange, for metrics and for tests that count writes. */
export interface ObservedCall {
  readonly method: Method;
  readonly path: string;
  /** The HTTP status, or `error` where no answer came. */
  readonly code: number | "error";
  readonly seconds: number;
}

export interface RestTransportOptions {
  readonly cluster: Cluster;
  /** Connections for requests; watches have a pool of their own, so that they cannot use these up. */
  readonly connections?: number;
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  readonly observe?: (call: ObservedCall) => void;
  readonly onEffect?: FailpointHook;
}

const defaultTimeoutMs = 30_000;
/** kube-apiserver closes an idle connection after 90 seconds; ours go before that. */
const keepAliveMs = 60_000;

/** HTTP to one API server: authentication, time limits, errors. Knows paths, not kinds. */
export class RestTransport {
  readonly #options: RestTransportOptions;
  readonly #basePath: string;
  readonly #requests: Pool;
  readonly #streams: Pool;

  constructor(options: RestTransportOptions) {
    this.#options = options;
    const { cluster, connections = 32 } = options;
    this.#basePath = cluster.server.pathname.replace(/\/$/, "");
    // HTTP/1.1 on purpose: with HTTP/2 all watches and writes would share, and lose, one TCP connection.
    const shared = { connect: connectTo(cluster), allowH2: false, keepAliveTimeout: keepAliveMs };
    this.#requests = new Pool(cluster.server.origin, { ...shared, connections });
    this.#streams = new Pool(cluster.server.origin, { ...shared, connections: null });
  }

  /**
   * Sends a request and returns the body of the answer.
   * @throws ApiError for any answer but 2xx; ConnectionError where there is none in time; the signal's reason when aborted.
   */
  async send(request: ApiRequest): Promise<string> {
    this.#tellWrite(request, "before");
    const limit = limitTime(request, request.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs);
    try {
      const response = await this.#exchange(this.#requests, request, limit.signal);
      const text = await response.body.text();
      this.#tellWrite(request, "after");
      return text;
    } catch (error) {
      throw toError(request, error, limit.signal);
    } finally {
      limit.clear();
    }
  }

  #tellWrite(request: ApiRequest, moment: "before" | "after"): void {
    if (request.method === "GET" || this.#options.onEffect === undefined) return;
    this.#options.onEffect(describeWrite(request), moment, describeObject(request));
  }

  /** Opens an answer without end. The time limit is for its headers; afterwards the signal alone ends it. */
  async stream(request: ApiRequest): Promise<Readable> {
    const limit = limitTime(request, request.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs);
    try {
      const { body } = await this.#exchange(this.#streams, request, limit.signal);
      limit.stopTimer();
      body.once("close", limit.clear);
      return body;
    } catch (error) {
      limit.clear();
      throw toError(request, error, limit.signal);
    }
  }

  /** Ends all connections, and with them what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#streams.destroy()]);
  }

  /** Repeats a request once where that is safe and of use: new credentials after a 401, a reused connection that had died. */
  async #exchange(pool: Pool, request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#attempt(pool, request, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const renewed = error instanceof ApiError && error.code === 401 && this.#options.cluster.refresh();
      const lost = request.method === "GET" && hasErrorCode(error, "UND_ERR_SOCKET", "ECONNRESET");
      if (!renewed && !lost) throw error;
      return await this.#attempt(pool, request, signal);
    }
  }

  async #attempt(pool: Pool, request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const started = performance.now();
    let code: ObservedCall["code"] = "error";
    try {
      const headers = await this.#headers(request);
      const response = await pool.request({
        method: request.method,
        path: this.#basePath + request.path + formatQuery(request.query),
        headers,
        body: request.body ?? null,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      code = response.statusCode;
      if (code >= 200 && code < 300) return response;
      const retryAfter = response.headers["retry-after"];
      const body = await response.body.text();
      throw parseApiError(code, body, typeof retryAfter === "string" ? retryAfter : undefined);
    } finally {
      const seconds = (performance.now() - started) / 1000;
      this.#options.observe?.({ method: request.method, path: request.path, code, seconds });
    }
  }

  async #headers(request: ApiRequest): Promise<Record<string, string>> {
    return {
      ...(await this.#options.cluster.authHeaders()),
      accept: request.accept ?? "application/json",
      "user-agent": this.#options.userAgent ?? "pkgserver",
      ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
    };
  }
}

/** Asks for the TLS options at each new connection, since certificates are rotated while we run. */
function connectTo(cluster: Cluster): buildConnector.connector {
  let current: { readonly tls: object; readonly connect: buildConnector.connector } | undefined;
  return (target, callback) => {
    cluster
      .tls()
      .then((tls) => {
        if (current?.tls !== tls) {
          const connect = buildConnector({ ...tls, allowH2: false, timeout: 10_000, keepAliveInitialDelay: 30_000 });
          current = { tls, connect };
        }
        current.connect(target, callback);
      })
      .catch((error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null));
  };
}

interface TimeLimit {
  readonly signal: AbortSignal;
  /** Lets the time limit go, but still follows the caller's signal. */
  readonly stopTimer: () => void;
  readonly clear: () => void;
}

function limitTime(request: ApiRequest, ms: number): TimeLimit {
  const controller = new AbortController();
  const caller = request.signal;
  const follow = () => controller.abort(caller?.reason);
  if (caller?.aborted) follow();
  else caller?.addEventListener("abort", follow, { once: true });
  const timer = setTimeout(() => {
    const message = `${request.method} ${request.path}: no answer within ${ms / 1000} s`;
    controller.abort(new ConnectionError(message, { timedOut: true }));
  }, ms);
  const stopTimer = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    stopTimer,
    clear: () => {
      stopTimer();
      caller?.removeEventListener("abort", follow);
    },
  };
}

function toError(request: ApiRequest, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ApiError || error instanceof ConnectionError) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  return new ConnectionError(`${request.method} ${request.path}: ${text}`, { cause: error });
}

function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

function formatQuery(query: ApiRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** `PATCH packagerevisions/status` */
function describeWrite({ method, path }: ApiRequest): string {
  const [kind, , subresource] = path.replace(/^.*\/namespaces\/[^/]+\//, "").split("/");
  return `${method} ${kind}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** `NAMESPACE/NAME` */
function describeObject({ path, body = "{}" }: ApiRequest): string {
  const [, namespace = "", name = JSON.parse(body).metadata?.name] =
    /\/namespaces\/([^/]+)\/[^/]+(?:\/([^/]+))?/.exec(path) ?? [];
  return `${namespace}/${name}`;
}
