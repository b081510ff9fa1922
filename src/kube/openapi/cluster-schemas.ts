import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { type PublishedDocument, readPublished } from "../../core/validation/schema/published-document.ts";
import type { KubeClient } from "../client/client.ts";
import { ApiError, ConnectionError, ResponseTooLargeError } from "../client/errors.ts";
import { DocumentCache } from "./document-cache.ts";
import { type IndexEntry, readIndex } from "./openapi-index.ts";

export interface ClusterSchemasOptions {
  readonly client: Pick<KubeClient, "send">;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** The index is read again after this time, and a document that could not be read. */
  readonly refreshMs?: number;
  /** A kind that the index does not have, and a failure to read it, let it be read again after this time. */
  readonly retryMs?: number;
  /** Of the document of one group and version. */
  readonly maxBytes?: number;
  /** Characters of all documents that are kept. */
  readonly maxKept?: number;
  /** By default `readPublished`, which takes about 50 ms for a megabyte. May reject. */
  readonly read?: (apiVersion: string, text: string) => PublishedDocument | Promise<PublishedDocument>;
}

/** Schemas that the API server publishes. */
export interface ClusterDocuments {
  readonly documents: readonly PublishedDocument[];
  /** Equal for equal schemas. */
  readonly version: string;
  /** Why some are not known, or may be outdated. */
  readonly problems: readonly string[];
  /** The error of the request, where none are known. */
  readonly failure?: unknown;
}

const MAX_INDEX_BYTES = 4 * 1024 * 1024;
/** The API server may ask another one, which may not answer. Others wait behind a package that needs its schemas. */
const TIMEOUT_MS = 5_000;

/**
 * The schemas of an API server, with those of its CustomResourceDefinitions, from `/openapi/v3`, which every user may
 * read (`system:discovery`). Only what is asked for is loaded; it is kept by its hash, up to a size. The index is read
 * again at intervals, and when a kind is not in it, so that no watch is needed.
 */
export class ClusterSchemas {
  readonly #client: ClusterSchemasOptions["client"];
  readonly #now: () => number;
  readonly #refreshMs: number;
  readonly #retryMs: number;
  readonly #maxBytes: number;
  readonly #read: NonNullable<ClusterSchemasOptions["read"]>;
  readonly #cache: DocumentCache;
  #index: ReadonlyMap<string, IndexEntry> | undefined;
  #indexFailure: unknown;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  readonly #loading = new Map<string, Promise<Loaded>>();
  readonly #failed = new Map<string, Failure>();

  constructor(options: ClusterSchemasOptions) {
    this.#client = options.client;
    this.#now = options.now ?? (() => performance.now());
    this.#refreshMs = options.refreshMs ?? 60_000;
    this.#retryMs = options.retryMs ?? 5_000;
    this.#maxBytes = options.maxBytes ?? 16 * 1024 * 1024;
    this.#read = options.read ?? readPublished;
    this.#cache = new DocumentCache(options.maxKept ?? 16 * 1024 * 1024);
  }

  /** The schemas of these apiVersions, as far as the API server has them. Never rejects. */
  async documents(apiVersions: Iterable<string>): Promise<ClusterDocuments> {
    const wanted = [...new Set(apiVersions)].sort();
    await this.#readIndexIfDue(wanted);
    const documents: PublishedDocument[] = [];
    const failure = this.#indexFailure;
    const problems = failure === undefined ? [] : [describe(failure)];
    for (const apiVersion of wanted) {
      const entry = this.#index?.get(apiVersion);
      const { document, problem } = entry === undefined ? {} : await this.#documentOf(apiVersion, entry);
      if (document !== undefined) documents.push(document);
      if (problem !== undefined) problems.push(problem);
    }
    const digests = documents.map(({ apiVersion, digest }) => `${apiVersion} ${digest}`);
    return {
      documents,
      version: sha256Hex(digests.join("\n")),
      problems,
      ...(this.#index === undefined && { failure }),
    };
  }

  /** Reads the index; returns the apiVersions whose schemas have changed, come or gone since it was read before. */
  async refresh(): Promise<ReadonlySet<string>> {
    const before = this.#index;
    await this.#readIndex();
    const [old, current] = [before ?? new Map<string, IndexEntry>(), this.#index ?? new Map<string, IndexEntry>()];
    const all = new Set([...old.keys(), ...current.keys()]);
    return new Set([...all].filter((one) => old.get(one)?.hash !== current.get(one)?.hash));
  }

  async #readIndexIfDue(wanted: readonly string[]): Promise<void> {
    const age = this.#now() - this.#readAt;
    const isIncomplete = this.#indexFailure !== undefined || wanted.some((one) => this.#index?.has(one) !== true);
    if (age >= this.#refreshMs || (isIncomplete && age >= this.#retryMs)) await this.#readIndex();
    else await this.#reading;
  }

  /** Once at a time. A failure leaves what was known. */
  async #readIndex(): Promise<void> {
    this.#reading ??= this.#readIndexNow().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #readIndexNow(): Promise<void> {
    this.#readAt = this.#now();
    try {
      const text = await this.#client.send({
        method: "GET",
        path: "/openapi/v3",
        maxBytes: MAX_INDEX_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
      this.#index = readIndex(text);
      this.#indexFailure = undefined;
    } catch (error) {
      this.#indexFailure = error;
    }
  }

  async #documentOf(apiVersion: string, entry: IndexEntry): Promise<Loaded> {
    const kept = this.#cache.get(apiVersion);
    if (kept?.hash === entry.hash) return { document: kept.document };
    const failure = this.#failed.get(apiVersion);
    const isFailed = failure?.hash === entry.hash && this.#now() - failure.at < failure.pauseMs;
    if (isFailed) return { document: kept?.document, problem: failure.problem };
    const loading = this.#loading.get(entry.hash) ?? this.#load(apiVersion, entry);
    this.#loading.set(entry.hash, loading);
    const loaded = await loading.finally(() => this.#loading.delete(entry.hash));
    return { document: loaded.document ?? kept?.document, problem: loaded.problem };
  }

  async #load(apiVersion: string, { path, query, hash }: IndexEntry): Promise<Loaded> {
    try {
      const limits = { maxBytes: this.#maxBytes, timeoutMs: TIMEOUT_MS };
      const text = await this.#client.send({ method: "GET", path, query, ...limits });
      const document = await this.#read(apiVersion, text);
      this.#cache.set(apiVersion, { hash, document });
      this.#failed.delete(apiVersion);
      return { document };
    } catch (error) {
      const problem = `the schemas of ${apiVersion} are not known: ${describe(error)}`;
      // A document that is too large stays so.
      const pauseMs = error instanceof ResponseTooLargeError ? Number.POSITIVE_INFINITY : this.#refreshMs;
      this.#failed.set(apiVersion, { hash, problem, at: this.#now(), pauseMs });
      return { problem };
    }
  }
}

interface Loaded {
  readonly document?: PublishedDocument | undefined;
  readonly problem?: string | undefined;
}

interface Failure {
  readonly hash: string;
  readonly problem: string;
  readonly at: number;
  readonly pauseMs: number;
}

function describe(error: unknown): string {
  if (error instanceof ApiError) return `the API server refuses ${error.request ?? "a request"}: ${error.message}`;
  if (error instanceof ConnectionError || error instanceof ResponseTooLargeError) return error.message;
  return describeForeignError(error);
}
