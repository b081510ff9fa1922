import type { ClusterDataSettings } from "../../../api/v1alpha1/repository-cluster-data.ts";
import { describeForeignError } from "../../../core/conditions/foreign-error.ts";
import { stableObject } from "../../../core/processing/cluster-object.ts";
import { lookupKey } from "../../../core/processing/published-files.ts";
import { type DataRequest, describeRequest, digestOf, type GivenObject } from "../../../core/render/kform/given.ts";
import { ApiError, ResponseTooLargeError } from "../../../kube/client/errors.ts";
import { type ObjectOfCluster, ObjectReader, TooManyObjectsError } from "../../../kube/objects/object-reader.ts";
import type { ServiceAccount, ServiceAccountClients } from "../../../kube/objects/service-account-clients.ts";

/** What a Repository allows. */
export interface ClusterAccess {
  readonly account: ServiceAccount;
  readonly kinds: ClusterDataSettings["kinds"];
}

export interface ClusterDataOptions {
  readonly clients: Pick<ServiceAccountClients, "clientOf">;
  /** The objects that a package revision has asked for are others now. */
  readonly onChanged: (key: string) => void;
}

export interface FoundObjects {
  readonly cluster: readonly GivenObject[];
  /** Why some are not there: continues a sentence. */
  readonly advice: string;
}

/** Of all objects that one package takes from the cluster. */
const MAX_CHARACTERS = 2 * 1024 * 1024;
const PARALLEL = 4;

interface Asked {
  readonly access: ClusterAccess;
  readonly requests: readonly DataRequest[];
  /** Of what was there; undefined where reading has failed. */
  digest: string | undefined;
}

/** Reads the objects that packages take from the cluster, and looks after them: there is no watch for every kind. */
export class ClusterData {
  readonly #options: ClusterDataOptions;
  readonly #asked = new Map<string, Asked>();
  #polling: Promise<void> | undefined;

  constructor(options: ClusterDataOptions) {
    this.#options = options;
  }

  /** What there is of the objects. From now on their changes are reported. */
  async read(key: string, access: ClusterAccess, requests: readonly DataRequest[]): Promise<FoundObjects> {
    const allowed = requests.filter((one) => isAllowed(access, one));
    if (allowed.length === 0) {
      this.forget(key);
      return { cluster: [], advice: notAllowed(requests[0]) };
    }
    const asked: Asked = { access, requests: allowed, digest: undefined };
    this.#asked.set(key, asked);
    const found = await this.#readAll(asked, new Map());
    asked.digest = found.digest;
    const refused = requests.find((one) => !isAllowed(access, one));
    return { cluster: found.objects, advice: found.failure ?? (refused ? notAllowed(refused) : NOT_THERE) };
  }

  forget(key: string): void {
    this.#asked.delete(key);
  }

  /** Reads again what packages have asked for. One after the other: it does not hurry. */
  async poll(): Promise<void> {
    this.#polling ??= this.#pollAll().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  async #pollAll(): Promise<void> {
    const known: KnownObjects = new Map();
    for (const [key, asked] of this.#asked) {
      const { digest } = await this.#readAll(asked, known);
      // Meanwhile it may have asked for something else. Without an answer, what was there counts.
      if (this.#asked.get(key) !== asked || digest === undefined || digest === asked.digest) continue;
      asked.digest = digest;
      this.#options.onChanged(key);
    }
  }

  async #readAll({ access, requests }: Asked, known: KnownObjects): Promise<ReadObjects> {
    const { account } = access;
    const objects: GivenObject[] = [];
    let size = 0;
    try {
      const reader = new ObjectReader(this.#options.clients.clientOf(account));
      const readOnce = (request: DataRequest) => {
        const key = JSON.stringify([account.namespace, account.name, describeRequest(request)]);
        const reading = known.get(key) ?? reader.read(request);
        known.set(key, reading);
        return reading;
      };
      for (let at = 0; at < requests.length; at += PARALLEL) {
        const some = requests.slice(at, at + PARALLEL);
        const read = await Promise.all(some.map(readOnce));
        for (const object of read.flat()) {
          size += JSON.stringify(object).length;
          if (size > MAX_CHARACTERS) return { objects: [], failure: "; what the cluster has of it is too large" };
          objects.push({ object: stableObject(object), source: "the cluster" });
        }
      }
    } catch (error) {
      return { objects: [], failure: `; reading it from the cluster failed: ${describe(error, account)}` };
    }
    return { objects, digest: digestOf(objects) };
  }
}

/** What was read for one package is not read for the next one. */
type KnownObjects = Map<string, Promise<readonly ObjectOfCluster[]>>;

interface ReadObjects {
  readonly objects: readonly GivenObject[];
  readonly digest?: string;
  readonly failure?: string;
}

const NOT_THERE = "; the cluster does not have it either";

function isAllowed({ kinds }: ClusterAccess, request: DataRequest): boolean {
  const isListed = kinds.some(({ apiVersion, kind }) => apiVersion === request.apiVersion && kind === request.kind);
  return isListed && lookupKey(request) !== undefined;
}

function notAllowed(request: DataRequest | undefined): string {
  if (request === undefined) return "";
  const { apiVersion, kind } = request;
  return `; spec.clusterData of the Repository does not allow to read ${describeRequest({ block: "", apiVersion, kind })}`;
}

function describe(error: unknown, { namespace, name }: ServiceAccount): string {
  if (error instanceof TooManyObjectsError || error instanceof ResponseTooLargeError) return error.message;
  if (error instanceof ApiError) {
    if (error.request?.startsWith("POST") !== true) return error.message;
    return `the operator gets no token for ServiceAccount ${namespace}/${name}: ${error.message}`;
  }
  return describeForeignError(error);
}
