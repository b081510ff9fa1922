import { describeInexactNumber, findInexactNumber } from "../../core/revision/inexact-numbers.ts";
import { readYaml } from "../../core/validation/yaml/check-yaml.ts";
import { CliError } from "../cli-error.ts";

/** A KRM object with values for a package. */
export type InputObject = Readonly<Record<string, unknown>>;

/**
 * The objects in a YAML file, which is read as Kubernetes reads it.
 * @param file its name in messages
 * @throws CliError usage for what is no KRM object
 */
export function parseInputs(file: string, bytes: Uint8Array): readonly InputObject[] {
  const read = readYaml(bytes);
  if ("problems" in read) {
    const [problem] = read.problems;
    throw new CliError("usage", `${file}:${problem?.line}:${problem?.column}: ${problem?.message}`);
  }
  const values = read.documents.map((one): unknown => one.toJS());
  const objects = values.filter((value) => value !== null && value !== undefined);
  if (objects.length === 0) throw new CliError("usage", `${file} has no object`);
  return objects.map((value, index) => requireInput(value, `${file}, document ${index + 1}`));
}

function requireInput(value: unknown, place: string): InputObject {
  if (!isInput(value)) throw new CliError("usage", `${place} is no object with apiVersion, kind and metadata.name`);
  const inexact = findInexactNumber(value, place);
  if (inexact !== undefined) throw new CliError("usage", describeInexactNumber(inexact));
  return value;
}

function isInput(value: unknown): value is InputObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { apiVersion, kind, name } = identityOf(value as InputObject);
  return apiVersion !== undefined && kind !== undefined && name !== undefined;
}

/** `ConfigMap/values`, `Cluster.example.com/team/edge1`: equal for what is one object, of any version. */
export function describeInput(input: InputObject): string {
  const { apiVersion, kind, namespace, name } = identityOf(input);
  const group = apiVersion?.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  return [`${kind ?? "no kind"}${group}`, namespace, name ?? "no name"].filter((part) => part !== undefined).join("/");
}

/** `ConfigMap/values`: enough where no other input is called so. */
export function shortInput(input: InputObject): string {
  const { kind, name } = identityOf(input);
  return `${kind}/${name}`;
}

/** The API server takes any object for an input. */
function identityOf({ apiVersion, kind, metadata }: InputObject) {
  const { namespace, name } = (metadata ?? {}) as InputObject;
  return { apiVersion: textOf(apiVersion), kind: textOf(kind), namespace: textOf(namespace), name: textOf(name) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
