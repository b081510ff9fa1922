import { firstOf, type KindSchema, type SchemaSet } from "../../validation/schema/kind-schema.ts";
import { isSchema, type OpenApiSchema } from "../../validation/schema/open-api-schema.ts";
import { packageSchemas } from "../../validation/schema/package-schemas.ts";
import { bundledSchemas, metadataSchema } from "../../validation/schema/schema-set.ts";
import { dereference, type FieldPath, fieldSchema } from "../../validation/schema/unknown-fields.ts";
import { plainReader } from "../../validation/yaml/value-reader.ts";
import { metaOf, type Resource } from "../resource.ts";

/** The schemas that a package has: those of the built-in kinds, and of its own CustomResourceDefinitions. */
export function schemasOf(resources: readonly Resource[]): SchemaSet {
  const definitions = resources.flatMap(({ root, source }) => {
    const { apiVersion, kind } = metaOf(root);
    if (kind !== "CustomResourceDefinition" || source === undefined) return [];
    const value: unknown = plainReader(source.document.document)(root);
    return isSchema(value) ? [{ apiVersion, kind, value }] : [];
  });
  return firstOf(bundledSchemas, packageSchemas(definitions));
}

/** The schema of a field of an object; undefined if it is not known. */
export function schemaOfField(kind: KindSchema | undefined, path: FieldPath): OpenApiSchema | undefined {
  if ((kind === undefined || kind.isCustom) && path[0] === "metadata") return follow(metadataSchema, path.slice(1));
  return kind === undefined ? undefined : follow(kind, path);
}

function follow({ schema, resolve }: KindSchema, path: FieldPath): OpenApiSchema | undefined {
  let at = dereference(schema, resolve);
  for (const part of path) {
    if (at === undefined) return undefined;
    at = dereference(typeof part === "number" ? at.items : fieldSchema(at, part), resolve);
  }
  return at;
}
