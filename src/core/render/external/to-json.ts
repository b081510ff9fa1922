import { isCollection, isMap, isScalar, type YAMLMap } from "yaml";
import { keyText } from "../nodes/read.ts";
import { expandAliases } from "./aliases.ts";

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

/** A node as JSON, without aliases in it. Integers keep all of their digits. */
export function toJson(node: unknown): string {
  const parts: string[] = [];
  write(node, parts);
  return parts.join("");
}

/** The value of a resource, as programs read JSON. */
export function plainValue(root: YAMLMap): Readonly<Record<string, unknown>> {
  const copy = root.clone() as YAMLMap;
  expandAliases(copy);
  return JSON.parse(toJson(copy)) as Readonly<Record<string, unknown>>;
}

function write(node: unknown, parts: string[]): void {
  if (isMap(node)) writeMap(node, parts);
  else if (isCollection(node)) {
    parts.push("[");
    for (const [at, item] of node.items.entries()) {
      if (at > 0) parts.push(",");
      write(item, parts);
    }
    parts.push("]");
  } else if (isScalar(node)) {
    const { value, source } = node;
    const isExact =
      typeof value === "number" && source !== undefined && INTEGER.test(source) && Number(source) === value;
    parts.push(isExact ? source : scalarText(value));
  } else parts.push(scalarText(node));
}

function writeMap(node: YAMLMap, parts: string[]): void {
  parts.push("{");
  for (const [at, { key, value }] of node.items.entries()) {
    if (at > 0) parts.push(",");
    parts.push(JSON.stringify(keyText(key) ?? ""), ":");
    write(value, parts);
  }
  parts.push("}");
}

function scalarText(value: unknown): string {
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "null");
}
