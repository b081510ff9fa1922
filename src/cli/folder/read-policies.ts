import { toStructuralSchema } from "../../api/schema/structural.ts";
import { repositoryKind } from "../../api/v1alpha1/repository.ts";
import { type Policy, policies as policiesSchema } from "../../api/v1alpha1/repository-policies.ts";
import { isSchema } from "../../core/validation/schema/open-api-schema.ts";
import { schemaProblems } from "../../core/validation/schema/schema-problems.ts";
import { customSchema } from "../../core/validation/schema/schema-set.ts";
import { readYaml } from "../../core/validation/yaml/check-yaml.ts";
import { CliError } from "../cli-error.ts";
import { readLocalFile } from "./read-limited.ts";

/**
 * The policies of a file: a manifest of a Repository, or a list as it is in `spec.policies`.
 * @throws CliError usage for a file with something else
 */
export async function readPolicies(cwd: string, file: string): Promise<readonly Policy[]> {
  const read = readYaml(await readLocalFile(cwd, file));
  if ("problems" in read) {
    const [{ line, column, message } = { line: 1, column: 1, message: "no YAML" }] = read.problems;
    throw new CliError("usage", `${file}:${line}:${column}: ${message}`);
  }
  const lists = read.documents.flatMap((document) => listOf(document.toJS({ maxAliasCount: -1 })));
  if (lists.length === 0) {
    throw new CliError("usage", `${file} has no policies`, ["it may be a Repository, or a list of policies"]);
  }
  return lists.flatMap((list) => checkPolicies(file, list));
}

/** The lists of policies in a document: none or one. */
function listOf(value: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(value)) return [value];
  if (!isSchema(value) || value.kind !== repositoryKind.kind || !isSchema(value.spec)) return [];
  const { policies = [] } = value.spec;
  return Array.isArray(policies) ? [policies] : [];
}

function checkPolicies(file: string, policies: readonly unknown[]): readonly Policy[] {
  const spec = { type: "object", properties: { policies: toStructuralSchema(policiesSchema) } };
  const schema = customSchema({ type: "object", properties: { spec } });
  const [first] = schemaProblems({ spec: { policies } }, schema);
  if (first !== undefined) throw new CliError("usage", `${file}: ${first.message}`);
  const checked = policies as readonly Policy[];
  const names = checked.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CliError("usage", `${file}: two policies are called ${twice}`);
  return checked;
}
