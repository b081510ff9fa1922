/** Why the API server rejected one field. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** A response of the API server that is no success. The message is that of the server. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status, or the code of a Status sent inside a watch. */
  readonly code: number;
  /** CamelCase reason of the Status, e.g. `NotFound`; `Unknown` if the body is no Status. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
  /** The request that was answered: its method and path. */
  readonly request: string | undefined;

  constructor(fields: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number | undefined;
    readonly request?: string | undefined;
  }) {
    super(fields.message);
    this.code = fields.code;
    this.reason = fields.reason;
    this.causes = fields.causes ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.request = fields.request;
  }
}

/** No response: the connection was refused or closed, or the time limit passed. A write may have been carried out. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly timedOut: boolean;

  constructor(message: string, options: { readonly timedOut?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.timedOut = options.timedOut ?? false;
  }
}

/** An answer is longer than its request allows. A retry would not help. */
export class ResponseTooLargeError extends Error {
  override readonly name = "ResponseTooLargeError";
}

/** Characters of a body that is no Status which are quoted in the message. */
const MAX_QUOTED_BODY = 512;

/**
 * Converts a response that is no success. A body that is no Status, such as the page of a proxy, is quoted in the
 * message.
 * @param answer of the header `retry-after` only seconds are understood, not dates
 */
export function parseApiError(
  code: number,
  body: string,
  answer: { readonly retryAfter?: string | undefined; readonly request?: string } = {},
): ApiError {
  const { retryAfter, request } = answer;
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  const retryAfterSeconds = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
  const status = parseJson(body);
  if (isRecord(status) && status.kind === "Status") return statusToError(status, code, { retryAfterSeconds, request });
  const text = body.trim().slice(0, MAX_QUOTED_BODY);
  return new ApiError({
    code,
    reason: "Unknown",
    message: text === "" ? `HTTP ${code}` : `HTTP ${code}: ${text}`,
    retryAfterSeconds,
    request,
  });
}

/** Converts a Status: the body of a response or the object of an ERROR event of a watch. */
export function statusToError(
  status: unknown,
  httpCode = 500,
  answer: { readonly retryAfterSeconds?: number | undefined; readonly request?: string | undefined } = {},
): ApiError {
  const fields = isRecord(status) ? status : {};
  const details = isRecord(fields.details) ? fields.details : {};
  const code = typeof fields.code === "number" ? fields.code : httpCode;
  const inDetails = typeof details.retryAfterSeconds === "number" ? details.retryAfterSeconds : undefined;
  return new ApiError({
    code,
    reason: typeof fields.reason === "string" && fields.reason !== "" ? fields.reason : "Unknown",
    message: typeof fields.message === "string" && fields.message !== "" ? fields.message : `HTTP ${code}`,
    causes: Array.isArray(details.causes) ? details.causes.filter(isRecord) : [],
    retryAfterSeconds: answer.retryAfterSeconds ?? inDetails,
    request: answer.request,
  });
}

export function isNotFound(error: unknown): error is ApiError {
  return hasCode(error, 404);
}

/** The result of a call, or undefined if the object does not exist. Rejects with any other error. */
export async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * The object has changed since it was read. Not true for a create of an existing object, see {@link isAlreadyExists}.
 */
export function isConflict(error: unknown): error is ApiError {
  return hasCode(error, 409) && error.reason !== "AlreadyExists";
}

export function isAlreadyExists(error: unknown): error is ApiError {
  return hasCode(error, 409) && error.reason === "AlreadyExists";
}

export function isForbidden(error: unknown): error is ApiError {
  return hasCode(error, 403);
}

/**
 * The API server will answer the same request in the same way until a person changes something: a quota, a policy, a
 * webhook, a role or a limit of size. Not true for conflicts, for what does not exist or will not exist soon, and for
 * unknown credentials.
 */
export function isRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && REFUSALS.has(error.code) && !isNamespaceTerminating(error);
}

/** Nothing can be created in the namespace any more, since it is being deleted. Afterwards that is a 404. */
export function isNamespaceTerminating(error: unknown): error is ApiError {
  return isForbidden(error) && error.causes.some(({ reason }) => reason === "NamespaceTerminating");
}

/** Bad request, forbidden, method not allowed, too large, media type, and what is invalid or denied by a policy. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 405, 413, 415, 422]);

export function isInvalid(error: unknown): error is ApiError {
  return hasCode(error, 422);
}

/** The server no longer knows the requested resource version (410), or not yet: list again. */
export function isExpired(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return error.code === 410 || error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}

/** True if the same request may succeed later: no response, too many requests, or an error of the server. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return error instanceof ApiError && (error.code === 429 || error.code >= 500);
}

function hasCode(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
