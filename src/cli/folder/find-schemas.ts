import type { SchemaSet } from "../../core/validation/schema/kind-schema.ts";
import { namedApiVersions } from "../../core/validation/schema/named-api-versions.ts";
import { publishedSchemas } from "../../core/validation/schema/published-schemas.ts";
import { ClusterSchemas } from "../../kube/openapi/cluster-schemas.ts";
import type { Context } from "../context.ts";
import { printableLine } from "../output/printable.ts";

/**
 * The schemas of the kinds that files name, as far as the cluster has them.
 * @throws ApiError, ConnectionError
 */
export async function findSchemas(
  context: Context,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ readonly schemas: SchemaSet }> {
  const { client } = await context.cluster();
  const { documents, problems, failure } = await new ClusterSchemas({ client }).documents(namedApiVersions(files));
  if (failure !== undefined) throw failure;
  for (const problem of problems) context.note(printableLine(problem));
  return { schemas: publishedSchemas(documents) };
}
