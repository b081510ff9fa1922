import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import type { FailpointHook } from "../../core/ports/failpoint.ts";
import { type ApiRequest, describeObject, describeWrite, formatQuery, type ObservedCall } from "./api-request.ts";
import { ApiError, ConnectionError, parseApiError, ResponseTooLargeError } from "./errors.ts";
import type { Cluster, RequestHeaders } from "./kubeconfig.ts";
import { RequestSeats } from "./request-seats.ts";
import { limitTime, type TimeLimit } from "./time-limit.ts";
import { createTlsConnector } from "./tls-connector.ts";

export interface RestTransportOptions {
  readonly cluster: Cluster;
  /**
   * The most connections for requests, shared among namespaces. Watches have a pool of their own, so that they cannot
   * use these up.
   */
  readonly connections?: number;
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  readonly observe?: (call: ObservedCall) => void;
  readonly onFailpoint?: FailpointHook | undefined;
}

const DEFAULT_CONNECTIONS = 32;
const DEFAULT_TIMEOUT_MS = 30_000;
/**
 * kube-apiserver closes idle connections after 90 seconds. Ours are closed before, so that no request meets a closed
 * one.
 */
const KEEP_ALIVE_MS = 60_000;

/** HTTP to one API server: authentication, time limits and errors. It has no knowledge of kinds. */
export class RestTransport {
  readonly #options: RestTransportOptions;
  readonly #basePath: string;
  readonly #requests: Pool;
  readonly #streams: Pool;
  readonly #seats: RequestSeats;

  constructor(options: RestTransportOptions) {
    this.#options = options;
    const { cluster, connections = DEFAULT_CONNECTIONS } = options;
    this.#basePath = cluster.server.pathname.replace(/\/$/, "");
    // HTTP/1.1: with HTTP/2 all watches and writes would share one TCP connection, and be lost with it.
    const shared = { connect: createTlsConnector(cluster), allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS };
    this.#seats = new RequestSeats(connections);
    this.#requests = new Pool(cluster.server.origin, { ...shared, connections });
    this.#streams = new Pool(cluster.server.origin, { ...shared, connections: null });
  }

  /**
   * Sends a request and returns the body of the response.
   * @throws ApiError for any status but 2xx; ConnectionError without a response within the time limit;
   * ResponseTooLargeError; the signal's reason when it is aborted.
   */
  async send(request: ApiRequest): Promise<string> {
    this.#reportWrite(request, "before");
    const limit = this.#limitTime(request);
    try {
      const text = await this.#seats.run(request.path, limit.signal, async () => {
        const response = await this.#exchange(this.#requests, request, limit.signal);
        return await readBody(response.body, request);
      });
      this.#reportWrite(request, "after");
      return text;
    } catch (error) {
      throw toError(request, error, limit.signal);
    } finally {
      limit.clear();
    }
  }

  /** Opens a response without an end. The time limit applies to its headers; afterwards only the signal ends it. */
  async stream(request: ApiRequest): Promise<Readable> {
    const limit = this.#limitTime(request);
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

  /** Closes all connections; running requests and streams fail. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#streams.destroy()]);
  }

  #limitTime({ method, path, timeoutMs = this.#options.timeoutMs, signal }: ApiRequest): TimeLimit {
    return limitTime(`${method} ${path}`, timeoutMs ?? DEFAULT_TIMEOUT_MS, signal);
  }

  #reportWrite(request: ApiRequest, moment: "before" | "after"): void {
    if (request.method === "GET" || this.#options.onFailpoint === undefined) return;
    this.#options.onFailpoint(describeWrite(request), moment, describeObject(request));
  }

  /**
   * Repeats a request once after a 401, with new credentials, and a read whose kept-alive connection had been closed.
   */
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
      throw parseApiError(code, body, {
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        request: `${request.method} ${request.path}`,
      });
    } finally {
      const seconds = (performance.now() - started) / 1000;
      this.#options.observe?.({ method: request.method, path: request.path, code, seconds });
    }
  }

  async #headers(request: ApiRequest): Promise<RequestHeaders> {
    return {
      ...(await this.#options.cluster.authHeaders()),
      accept: request.accept ?? "application/json",
      "user-agent": this.#options.userAgent ?? "pkgserver",
      ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
    };
  }
}

async function readBody(
  body: Dispatcher.ResponseData["body"],
  { method, path, maxBytes }: ApiRequest,
): Promise<string> {
  if (maxBytes === undefined) return await body.text();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > maxBytes)
      throw new ResponseTooLargeError(`${method} ${path}: the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toError(request: ApiRequest, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const isOwn = error instanceof ApiError || error instanceof ConnectionError || error instanceof ResponseTooLargeError;
  if (isOwn) return error;
  return new ConnectionError(`${request.method} ${request.path}: ${describeForeignError(error)}`, { cause: error });
}

function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
