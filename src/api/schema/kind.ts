import type { TSchema } from "typebox";
import type { CelRule, NamespacedObjectMeta } from "./schema.ts";

/** A column of `kubectl get`; `wide` columns show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  readonly wide?: boolean;
}

/** One custom kind: the source of its CRD and of its part of docs/api.md. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  /** The status of an object that the operator has not reconciled yet. */
  readonly statusDefault: Readonly<Record<string, unknown>>;
  readonly columns: readonly Column[];
  /** JSON paths for `--field-selector`; the API server takes eight at most. */
  readonly selectable: readonly string[];
  /** Rules over the whole object. */
  readonly rules: readonly (CelRule & { readonly message: string })[];
}

/** An object of one of our kinds, as read from the API server: always with a name and a namespace. */
export interface CustomResource<Spec, Status> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: NamespacedObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}
