import type { PackageVariantSet, TargetSource } from "../../api/v1alpha1/package-variant-set.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { stableObject } from "../processing/cluster-object.ts";
import type { JsonObject } from "../render/kform/given.ts";
import type { Target } from "./targets.ts";

/** Targets that are objects of the cluster. */
export type ObjectSource = NonNullable<TargetSource["objects"]>;

/** The sources of a set that are objects, each once, with those of matrices. */
export function objectSources({ spec }: Pick<PackageVariantSet, "spec">): readonly ObjectSource[] {
  const all = spec.targets.flatMap(({ objects, matrix = [] }) =>
    [objects, ...matrix.map((one) => one.objects)].filter((one) => one !== undefined),
  );
  return [...new Map(all.map((one) => [canonicalJson(one), one])).values()];
}

/** The set with the targets that its sources were found to have, written out. */
export function withObjects(
  set: PackageVariantSet,
  targetsOf: (source: ObjectSource) => readonly Target[],
): PackageVariantSet {
  const written = <T extends Pick<TargetSource, "objects">>({ objects, ...source }: T) =>
    objects === undefined ? source : { ...source, list: targetsOf(objects).map((one) => ({ ...one })) };
  const targets = set.spec.targets.map(({ matrix, ...source }) => ({
    ...written(source),
    ...(matrix !== undefined && { matrix: matrix.map(written) }),
  }));
  return { ...set, spec: { ...set.spec, targets } };
}

/** True for a kind of which only names and labels are read. */
export function isSecret({ apiVersion, kind }: Pick<ObjectSource, "apiVersion" | "kind">): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

/**
 * An object as a target. Of `fields`, metadata is name and namespace, and there is no status, which changes all the
 * time. Of a Secret there are labels alone: annotations may repeat its data.
 */
export function targetOfObject(object: JsonObject, source: ObjectSource): Target | undefined {
  const { metadata, status: _, apiVersion: _version, kind: _kind, ...others } = stableObject(object);
  const { name, namespace, labels, annotations } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") return undefined;
  const identity = { name, ...(typeof namespace === "string" && { namespace }) };
  const isPrefixed = source.targetName === "NamespaceAndName" && typeof namespace === "string";
  return {
    name: isPrefixed ? `${namespace}-${name}` : name,
    labels: textsOf(labels),
    annotations: isSecret(source) ? {} : textsOf(annotations),
    fields: { ...(isSecret(source) ? {} : others), metadata: identity },
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, text]) => typeof text === "string"));
}
