import { type Static, type TSchema, Type } from "typebox";

/** A rule of `x-kubernetes-validations`; the API server evaluates it. */
export interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export function rules(...list: readonly CelRule[]): { "x-kubernetes-validations": readonly CelRule[] } {
  return { "x-kubernetes-validations": list };
}

/** A text is a Go duration between these two. */
export function durationBetween(min: string, max: string, message: string) {
  return rules({
    rule:
      `self.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('${min}') && ` +
      `duration(self) <= duration('${max}')`,
    message,
  });
}

/** Exactly one of these fields is there. */
export function oneOf(...fields: readonly string[]) {
  return rules({
    rule: `[${fields.map((field) => `has(self.${field})`).join(", ")}].filter(one, one).size() == 1`,
    message: `exactly one of ${fields.join(", ")} is needed`,
  });
}

/** A string of at most `max` characters. */
export function text(description: string, max: number, options: Record<string, unknown> = {}) {
  return Type.String({ description, maxLength: max, ...options });
}

export function time(description: string) {
  return Type.String({ description, format: "date-time" });
}

/** A list that server-side apply merges by `key`. */
export function listByKey<T extends TSchema>(items: T, key: string, description: string, maxItems: number) {
  return Type.Array(items, {
    description,
    maxItems,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [key],
  });
}

/** An object with any fields. */
export function anyObject(description: string) {
  return Type.Unsafe<Record<string, unknown>>({
    description,
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  });
}

export const DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

const ownerReference = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  controller: Type.Optional(Type.Boolean()),
  blockOwnerDeletion: Type.Optional(Type.Boolean()),
});

/** The part of a namespaced object's `ObjectMeta` (k8s.io/apimachinery meta/v1) that the operator reads or writes. */
export const namespacedObjectMeta = Type.Object({
  name: Type.String(),
  namespace: Type.String(),
  uid: Type.Optional(Type.String()),
  resourceVersion: Type.Optional(Type.String()),
  generation: Type.Optional(Type.Integer()),
  creationTimestamp: Type.Optional(Type.String()),
  deletionTimestamp: Type.Optional(Type.String()),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  finalizers: Type.Optional(Type.Array(Type.String())),
  ownerReferences: Type.Optional(Type.Array(ownerReference)),
});
export type NamespacedObjectMeta = Static<typeof namespacedObjectMeta>;
