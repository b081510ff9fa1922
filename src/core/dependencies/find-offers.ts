import { isSchema } from "../validation/schema/open-api-schema.ts";
import { apiVersionParts } from "./group-version.ts";
import type { OfferedApi } from "./package-apis.ts";
import type { PackageObject } from "./package-object.ts";

/** The APIs that CustomResourceDefinitions and APIServices among the objects bring. */
export function findOffers(objects: readonly PackageObject[]): OfferedApi[] {
  return objects.flatMap((object) => {
    const { kind, apiVersion } = object;
    const group = apiVersion.slice(0, apiVersion.indexOf("/"));
    if (kind === "CustomResourceDefinition" && group === "apiextensions.k8s.io") return ofDefinition(object);
    return kind === "APIService" && group === "apiregistration.k8s.io" ? ofService(object) : [];
  });
}

function ofDefinition({ path, value: { spec } }: PackageObject): readonly OfferedApi[] {
  if (!isSchema(spec) || !isSchema(spec.names)) return [];
  const { kind, plural } = spec.names;
  // `spec.version` is that of apiextensions.k8s.io/v1beta1.
  const listed = Array.isArray(spec.versions) ? spec.versions : [{ name: spec.version }];
  const versions = listed.flatMap((one: unknown) =>
    isSchema(one) && typeof one.name === "string" && one.served !== false ? [one.name] : [],
  );
  const { group } = spec;
  if (typeof group !== "string" || typeof kind !== "string" || apiVersionParts(`${group}/v1`, kind) === undefined)
    return [];
  return [{ group, kind, ...(typeof plural === "string" && { plural }), versions, file: path }];
}

function ofService({ path, value: { spec } }: PackageObject): readonly OfferedApi[] {
  if (!isSchema(spec)) return [];
  const { group, version, service } = spec;
  // Without a service it is one that the API server has for itself.
  if (typeof group !== "string" || typeof version !== "string" || !isSchema(service)) return [];
  return apiVersionParts(`${group}/${version}`, "Any") === undefined
    ? []
    : [{ group, versions: [version], file: path }];
}
