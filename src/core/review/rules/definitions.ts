import { fieldBelow } from "../../merge/conflicts.ts";
import { isSchema } from "../../validation/schema/open-api-schema.ts";
import type { ReviewObject } from "../read-objects.ts";
import type { Found, RiskRule } from "../risk.ts";
import { fieldOf, listOf, mapOf, shown } from "./values.ts";

const MAX_NAMED = 20;

/** Versions that are no longer served, and fields that objects may have and that the API server will remove. */
export const definitions: RiskRule = ({ before, after }) => {
  if (before === undefined || after === undefined || !isDefinition(before) || !isDefinition(after)) return [];
  const now = new Map(versionsOf(after));
  return versionsOf(before).flatMap(([name, version]): readonly Found[] => {
    const next = now.get(name);
    const field = `spec.versions[name=${shown(name)}]`;
    if (version.served !== false && next?.served !== true) {
      const message = `no longer serves the version ${shown(name)}`;
      return [{ mark: "DefinitionVersionRemoved", field: next === undefined ? field : `${field}.served`, message }];
    }
    if (next === undefined) return [];
    const removed: string[] = [];
    const schemaOf = (one: unknown) => fieldOf(one, "schema", "openAPIV3Schema");
    findRemoved(schemaOf(version), schemaOf(next), "", removed);
    const found = removed.slice(0, MAX_NAMED).map((path): Found => {
      return {
        mark: "DefinitionFieldRemoved",
        field,
        message: `${shown(name)} no longer has the field ${shown(path)}`,
      };
    });
    const rest = removed.length - MAX_NAMED;
    if (rest > 0) found.push({ mark: "DefinitionFieldRemoved", field, message: `${rest} more fields are removed` });
    return found;
  });
};

export function isDefinition({ object: { group, kind } }: ReviewObject): boolean {
  return group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}

function versionsOf({ value }: ReviewObject): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
  return listOf(fieldOf(value, "spec", "versions")).flatMap((version) => {
    const name = fieldOf(version, "name");
    return typeof name === "string" ? [[name, mapOf(version)] as const] : [];
  });
}

/** The outermost fields that the new schema does not have. Recurses: the depth is bounded. */
function findRemoved(before: unknown, after: unknown, path: string, removed: string[]): void {
  if (!isSchema(before) || fieldOf(after, "x-kubernetes-preserve-unknown-fields") === true) return;
  const [was, now] = [fieldOf(before, "properties"), fieldOf(after, "properties")];
  for (const [key, schema] of Object.entries(mapOf(was))) {
    const below = fieldBelow(path, key);
    const next = fieldOf(now, key) ?? openSchema(after);
    if (next === undefined) removed.push(below);
    else findRemoved(schema, next, below, removed);
  }
  findRemoved(fieldOf(before, "items"), fieldOf(after, "items"), `${path}[]`, removed);
  findRemoved(fieldOf(before, "additionalProperties"), fieldOf(after, "additionalProperties"), `${path}{}`, removed);
}

/** What a schema says about fields that it does not name. */
function openSchema(schema: unknown): unknown {
  const rest = fieldOf(schema, "additionalProperties");
  return rest === true || isSchema(rest) ? rest : undefined;
}
