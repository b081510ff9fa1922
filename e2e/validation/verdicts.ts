import { expect } from "vitest";
import { yamlCheck } from "../../src/core/validation/checks/yaml.ts";
import type { SchemaSet } from "../../src/core/validation/schema/kind-schema.ts";
import { validatePackage } from "../../src/core/validation/validate-package.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { ApiError } from "../../src/kube/client/errors.ts";

/** refused: the object is not created. unknown: only with fieldValidation=Strict is it refused. */
type Verdict = "accepted" | "unknown" | "refused";

/** What the API server answers to the text of an object, which it reads itself. Nothing is stored. */
export async function askServer(client: KubeClient, path: string, body: string): Promise<Verdict> {
  const create = async (fieldValidation: string) =>
    await client
      .send({ method: "POST", path, query: { dryRun: "All", fieldValidation }, contentType: "application/yaml", body })
      .then(() => true)
      .catch((error: unknown) => {
        if (error instanceof ApiError && (error.code === 400 || error.code === 422)) return false;
        throw error;
      });
  if (await create("Strict")) return "accepted";
  return (await create("Ignore")) ? "unknown" : "refused";
}

/** What validation says of files with such texts. */
export function decide(texts: readonly string[], schemas?: SchemaSet): Verdict {
  const files = texts.map((text, index) => [`${index}.yaml`, new TextEncoder().encode(text)] as const);
  if (files.some(([, bytes]) => yamlCheck.check(bytes).count > 0)) return "refused";
  const { count, warningCount, notCompared } = validatePackage(files, { ...(schemas !== undefined && { schemas }) });
  expect(notCompared).toEqual([]);
  if (count > 0) return "refused";
  return warningCount > 0 ? "unknown" : "accepted";
}
