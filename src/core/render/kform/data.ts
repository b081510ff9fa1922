import { type CelValue, toCel } from "../../cel/values.ts";
import type { Block } from "./block.ts";
import {
  type DataRequest,
  digestOf,
  type GivenObject,
  identityOf,
  type JsonObject,
  type TakenObject,
} from "./given.ts";

/** What blocks take from outside of the package. */
export class OutsideData {
  /** The inputs that are for no input block come first. */
  readonly #given: readonly GivenObject[];
  readonly #unused: Set<GivenObject>;
  readonly #taken: TakenObject[] = [];
  readonly #missing: DataRequest[] = [];

  constructor(inputs: readonly GivenObject[], data: readonly GivenObject[]) {
    this.#given = [...inputs, ...data];
    this.#unused = new Set(inputs);
  }

  get taken(): readonly TakenObject[] {
    return this.#taken;
  }

  get missing(): readonly DataRequest[] {
    return this.#missing;
  }

  /** Inputs that no block took. */
  get unused(): readonly GivenObject[] {
    return [...this.#unused];
  }

  /** The value of a data or list block; undefined if it was not given, which is then among the missing ones. */
  take(block: Block, instance: JsonObject): CelValue | undefined {
    const request = requestOf(block, instance);
    const found = block.type === "list" ? this.#findList(request) : this.#findObject(block, request)?.object;
    if (found !== undefined) return toCel(found);
    this.#missing.push(request);
    return undefined;
  }

  /** What is known of a resource once it exists: its status. */
  statusOf(block: Block, instance: JsonObject): CelValue | undefined {
    const found = this.#findObject(block, requestOf(block, instance));
    return found?.object.status === undefined ? undefined : toCel(found.object.status);
  }

  /** Adds the object of a resource whose status is needed to the missing ones. */
  miss(block: Block, instance: JsonObject): void {
    this.#missing.push(requestOf(block, instance));
  }

  #findObject(block: Block, request: DataRequest): GivenObject | undefined {
    const found = this.#given.find(({ object }) => isSame(identityOf(object), request) || isFor(block, object));
    if (found !== undefined) this.#take(request, [found], found.object);
    return found;
  }

  #findList(request: DataRequest): JsonObject | undefined {
    const { apiVersion, kind, namespace } = request;
    const isOfType = (object: JsonObject, wanted: string) => {
      const one = identityOf(object);
      return one.apiVersion === apiVersion && one.kind === wanted;
    };
    const whole = this.#given.find(({ object }) => isOfType(object, `${kind}List`));
    if (whole !== undefined) {
      this.#take(request, [whole], whole.object);
      return whole.object;
    }
    const found = this.#given.filter(
      ({ object }) =>
        isOfType(object, kind) && (namespace ?? identityOf(object).namespace) === identityOf(object).namespace,
    );
    if (found.length === 0) return undefined;
    const list = { apiVersion, kind: `${kind}List`, items: found.map(({ object }) => object) };
    this.#take(request, found, list);
    return list;
  }

  #take(request: DataRequest, found: readonly GivenObject[], object: JsonObject): void {
    for (const one of found) this.#unused.delete(one);
    const source = [...new Set(found.map((one) => one.source))].join(", ");
    const taken = { ...request, source, digest: digestOf(object) };
    const isKnown = this.#taken.some((one) => one.block === taken.block && one.digest === taken.digest);
    if (!isKnown) this.#taken.push(taken);
  }
}

function requestOf({ name: block, type }: Block, instance: JsonObject): DataRequest {
  const { apiVersion, kind, name, namespace } = identityOf(instance);
  return {
    block,
    apiVersion,
    kind,
    ...(type !== "list" && { name }),
    ...(namespace !== "" && { namespace }),
  };
}

function isSame(one: ReturnType<typeof identityOf>, { apiVersion, kind, name, namespace = "" }: DataRequest): boolean {
  return one.apiVersion === apiVersion && one.kind === kind && one.name === name && one.namespace === namespace;
}

/** True for an object that names the block. */
function isFor({ variable, type }: Block, object: JsonObject): boolean {
  const { annotations } = identityOf(object);
  const [resourceType, id] = variable ?? [];
  if (annotations["kform.dev/block-type"] !== type || annotations["kform.dev/resource-id"] !== id) return false;
  return [undefined, resourceType].includes(annotations["kform.dev/resource-type"] as string | undefined);
}
