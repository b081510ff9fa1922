import { type CelValue, nodeToCel, toCel } from "../../cel/values.ts";
import type { SchemaSet } from "../../validation/schema/kind-schema.ts";
import { isSchema } from "../../validation/schema/open-api-schema.ts";
import { type SchemaProblem, schemaProblems } from "../../validation/schema/schema-problems.ts";
import { plainReader } from "../../validation/yaml/value-reader.ts";
import { type Block, blockError } from "./block.ts";
import { type GivenObject, identityOf, type JsonObject } from "./given.ts";
import { compareShape } from "./shape.ts";

export interface Inputs {
  /** By the names of input blocks. */
  readonly values: ReadonlyMap<string, readonly CelValue[]>;
  /** Objects that are for no input block. */
  readonly rest: readonly GivenObject[];
  readonly warnings: readonly { readonly block: Block; readonly message: string }[];
}

/**
 * The values of input blocks: the objects given for them, all of them in the place of the default, or the default.
 * Throws a RenderError if there is neither, and for an object that is not like the default.
 */
export function resolveInputs(blocks: readonly Block[], given: readonly GivenObject[], schemas: SchemaSet): Inputs {
  const byName = Map.groupBy(
    blocks.filter(({ type }) => type === "input"),
    ({ name }) => name,
  );
  const forInputs = Map.groupBy(given, (one) => inputNameOf(one.object, byName) ?? "");
  const values = new Map<string, readonly CelValue[]>();
  const warnings: Inputs["warnings"][number][] = [];
  for (const [name, declared] of byName) {
    const objects = forInputs.get(name) ?? [];
    const [block] = declared;
    if (block === undefined) continue;
    for (const one of objects) {
      for (const message of checkInput(one, block, schemas)) warnings.push({ block, message });
    }
    const defaults = declared.filter(({ isDefault }) => isDefault);
    if (objects.length > 0)
      values.set(
        name,
        objects.map(({ object }) => toCel(object)),
      );
    else if (defaults.length > 0) values.set(name, defaults.map(valueOfDefault));
    else throw missing(block);
  }
  return { values, rest: forInputs.get("") ?? [], warnings };
}

/** The input block that an object is for: by its resource-id, or its name. */
function inputNameOf(object: JsonObject, byName: ReadonlyMap<string, unknown>): string | undefined {
  const { name, annotations } = identityOf(object);
  const type = annotations["kform.dev/block-type"];
  if (type !== undefined && type !== "input") return undefined;
  const id = annotations["kform.dev/resource-id"];
  const found = `input.${typeof id === "string" && id.trim() !== "" ? id.trim() : name}`;
  return byName.has(found) ? found : undefined;
}

function valueOfDefault({ root, document }: Block): CelValue {
  return nodeToCel(root, document.document);
}

function missing(block: Block) {
  const { kind } = identityOf(plainOf(block));
  const id = JSON.stringify(block.variable?.[1] ?? "");
  const message = `${block.name} has no value: give a ${kind} with the annotation kform.dev/resource-id: ${id} as an input`;
  return blockError("InputMissing", block, message);
}

function plainOf({ root, document }: Block): JsonObject {
  const value: unknown = plainReader(document.document)(root);
  return isSchema(value) ? value : {};
}

/** Throws a RenderError for an object that is not like the block. Returns warnings. */
function checkInput({ object, source }: GivenObject, block: Block, schemas: SchemaSet): readonly string[] {
  const wanted = plainOf(block);
  const [one, other] = [identityOf(wanted), identityOf(object)];
  if (one.apiVersion !== other.apiVersion || one.kind !== other.kind) {
    const types = `${other.apiVersion}/${other.kind}, and must be ${one.apiVersion}/${one.kind}`;
    throw invalid(block, source, `its type is ${types}, as that of the default`);
  }
  const { metadata: _, ...shape } = wanted;
  const problem = compareShape(shape, object);
  if (problem !== undefined) throw invalid(block, source, `\`${problem.field}\` ${problem.message}`);
  const schema = schemas(one.apiVersion, one.kind);
  if (schema === undefined) return [];
  const problemsOf = (value: JsonObject) => schemaProblems(value, schema);
  let found: readonly SchemaProblem[];
  try {
    // A default that the API server would refuse only carries values, as a ConfigMap with lists does.
    found = problemsOf(wanted).some(({ severity }) => severity === "error") ? [] : problemsOf(object);
  } catch {
    return [`the schema of ${one.kind} in this package cannot be used: ${source} is not compared with it`];
  }
  const error = found.find(({ severity }) => severity === "error");
  if (error !== undefined) throw invalid(block, source, error.message);
  return found.map(({ message }) => `${source}: ${message}`);
}

function invalid(block: Block, source: string, message: string) {
  return blockError("InputInvalid", block, `${source}, for ${block.name}: ${message}`);
}
