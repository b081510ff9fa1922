import { canonicalJson } from "../../identity/canonical-json.ts";
import { sha256Hex } from "../../identity/hash.ts";
import { isSchema } from "../../validation/schema/open-api-schema.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object that the caller of a render gives, for blocks that take their values from outside. */
export interface GivenObject {
  readonly object: JsonObject;
  /** Where it comes from, in messages and in the list of what was taken: `spec.inputs[0]`. */
  readonly source: string;
}

/** `spec.inputs` of a package revision. */
export function specInputs(inputs: readonly object[] = []): readonly GivenObject[] {
  return inputs.map((object, at) => ({ object: object as JsonObject, source: `spec.inputs[${at}]` }));
}

/** An object that a render needs, and was not given. */
export interface DataRequest {
  /** The name of the block. */
  readonly block: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for a list block: it takes all objects of its kind. */
  readonly name?: string;
  /** Absent for an object without a namespace, and for a list of all namespaces. */
  readonly namespace?: string;
}

/** An object that a render took, and the digest of what it was: another one would give another result. */
export interface TakenObject extends DataRequest {
  readonly source: string;
  /** `sha256:` and the hash of the object's canonical JSON. */
  readonly digest: string;
}

export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Annotations, by name. */
  readonly annotations: JsonObject;
}

export function identityOf(object: JsonObject): Identity {
  const metadata = isSchema(object.metadata) ? object.metadata : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    apiVersion: text(object.apiVersion),
    kind: text(object.kind),
    name: text(metadata.name),
    namespace: text(metadata.namespace),
    annotations: isSchema(metadata.annotations) ? metadata.annotations : {},
  };
}

export function digestOf(object: unknown): string {
  return `sha256:${sha256Hex(canonicalJson(object))}`;
}

/** `v1/ConfigMap default/settings`, for messages. */
export function describeRequest({ apiVersion, kind, name = "", namespace = "" }: DataRequest): string {
  const path = [namespace, name].filter((part) => part !== "").join("/");
  return `${apiVersion}/${kind}${path === "" ? "" : ` ${path}`}`;
}
