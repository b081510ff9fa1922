import type { ClusterDataSettings } from "../../../api/v1alpha1/repository-cluster-data.ts";
import { stableObject } from "../../../core/processing/cluster-object.ts";
import { lookupKey } from "../../../core/processing/published-files.ts";
import { type DataRequest, describeRequest, digestOf, type GivenObject } from "../../../core/render/kform/given.ts";
import { describeReadError } from "../../../kube/objects/describe-read-error.ts";
import { type ObjectOfCluster, ObjectReader } from "../../../kube/objects/object-reader.ts";
import { Poller } from "../../../kube/objects/poller.ts";
import type { ServiceAccount, ServiceAccountClients } from "../../../kube/objects/service-account-clients.ts";

/** What a Repository allows. */
export interface ClusterAccess {
  readonly account: ServiceAccount;
  readonly kinds: ClusterDataSettings["kinds"];
}

export interface ClusterDataOptions {
  readonly clients: Pick<ServiceAccountClients, "clientOf">;
  /** The objects that a package revision takes have changed. */
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
  readonly digest: string | undefined;
}

/** Reads the objects that packages take from the cluster, and polls them: not every kind can be watched. */
export class ClusterData {
  readonly #options: ClusterDataOptions;
  readonly #asked: Poller<Asked>;

  constructor(options: ClusterDataOptions) {
    this.#options = options;
    const { onChanged } = options;
    this.#asked = new Poller<Asked>({ startRound: () => this.#startRound(), onChanged });
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
    if (this.#asked.get(key) === asked) this.#asked.set(key, { ...asked, digest: found.digest });
    const refused = requests.find((one) => !isAllowed(access, one));
    return { cluster: found.objects, advice: found.failure ?? (refused ? notAllowed(refused) : NOT_THERE) };
  }

  forget(key: string): void {
    this.#asked.forget(key);
  }

  /** Reads the objects of all packages again, and reports those that have changed. */
  async poll(): Promise<void> {
    await this.#asked.poll();
  }

  #startRound(): (asked: Asked) => Promise<Asked | undefined> {
    const known: KnownObjects = new Map();
    return async (asked) => {
      const { digest } = await this.#readAll(asked, known);
      return digest === undefined ? undefined : { ...asked, digest };
    };
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
      const why = describeReadError(error, `ServiceAccount ${account.namespace}/${account.name}`);
      return { objects: [], failure: `; reading it from the cluster failed: ${why}` };
    }
    return { objects, digest: digestOf(objects) };
  }
}

/** The objects that were read in this round: packages that take the same ones share a read. */
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
