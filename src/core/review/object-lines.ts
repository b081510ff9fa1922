import { type Document, isMap, isScalar } from "yaml";
import { Lines } from "../files/lines.ts";
import { yamlCheck } from "../validation/checks/yaml.ts";
import { readYaml } from "../validation/yaml/check-yaml.ts";
import type { ReviewFile } from "./file-pairs.ts";

/** Larger files have no headings: to read them takes seconds. */
const MAX_BYTES = 256 * 1024;
const MAX_LENGTH = 100;

/** The Kubernetes objects of a file by its lines, counted from 1: `Deployment apps/v1 web/storefront`. */
export type ObjectAt = (line: number) => string | undefined;

/** Undefined everywhere in a file that is no YAML, or too large. */
export function objectLines(path: string, file: ReviewFile | undefined): ObjectAt {
  if (!(file instanceof Uint8Array) || file.length > MAX_BYTES || !yamlCheck.applies(path)) return () => undefined;
  const read = readYaml(file);
  if ("problems" in read) return () => undefined;
  const lines = new Lines(read.text);
  const starts = read.documents.map((one) => lines.at(one.range[0]) + 1);
  return (line) => {
    const document = read.documents[starts.findLastIndex((start) => start <= line)];
    return document && describe(document);
  };
}

function describe({ contents }: Document.Parsed): string | undefined {
  const [kind, apiVersion] = [textAt(contents, "kind"), textAt(contents, "apiVersion")];
  if (kind === undefined || apiVersion === undefined) return undefined;
  const metadata = isMap(contents) ? contents.get("metadata", true) : undefined;
  const path = [textAt(metadata, "namespace"), textAt(metadata, "name")].filter((part) => part !== undefined);
  return `${kind} ${apiVersion} ${path.join("/")}`.trimEnd().slice(0, MAX_LENGTH);
}

function textAt(node: unknown, key: string): string | undefined {
  const value = isMap(node) ? node.get(key, true) : undefined;
  return isScalar(value) && typeof value.value === "string" && value.value !== "" ? value.value : undefined;
}
