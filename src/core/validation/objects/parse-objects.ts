import { type Document, isMap } from "yaml";
import { yamlCheck } from "../checks/yaml.ts";
import { isSchema } from "../schema/open-api-schema.ts";
import { type ReadYaml, readYaml, type YamlReading } from "../yaml/check-yaml.ts";
import { objectNodes } from "../yaml/object-nodes.ts";
import { plainReader } from "../yaml/value-reader.ts";
import { SourceFile } from "./source-file.ts";

/** A Kubernetes object in a file of a package. */
export interface ParsedObject {
  readonly file: SourceFile;
  readonly document: Document.Parsed;
  /** The node of the object in the document. */
  readonly node: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ParsedPackage {
  /** By path, then in the order of the file. */
  readonly objects: readonly ParsedObject[];
  /** Files that are no YAML: `FILE_CHECKS` say why. */
  readonly unreadable: readonly string[];
}

/** The objects in a package's YAML files, the items of lists among them. Takes as long as reading the files. */
export function parseObjects(
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  read: ReadYaml = readYaml,
  applies: (path: string) => boolean = yamlCheck.applies,
): ParsedPackage {
  const objects: ParsedObject[] = [];
  const unreadable: string[] = [];
  const sorted = [...files].filter(([path]) => applies(path)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path, bytes] of sorted) {
    const found = objectsOf(path, read(bytes));
    if (found === undefined) unreadable.push(path);
    else for (const object of found) objects.push(object);
  }
  return { objects, unreadable };
}

function objectsOf(path: string, read: YamlReading): readonly ParsedObject[] | undefined {
  if (!("documents" in read)) return undefined;
  const file = new SourceFile(path, read.text);
  return read.documents.flatMap((document) => {
    const plainOf = plainReader(document);
    return objectNodes(document).flatMap(({ node, ofList }) => {
      const own = isMap(node) ? plainOf(node) : undefined;
      const isTyped = !isSchema(own) || ofList === undefined || hasText(own.apiVersion) || hasText(own.kind);
      const value = isTyped ? own : { ...ofList, ...own, ...ofList };
      if (!isSchema(value) || typeof value.apiVersion !== "string" || typeof value.kind !== "string") return [];
      return [{ file, document, node, apiVersion: value.apiVersion, kind: value.kind, value }];
    });
  });
}

function hasText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** The annotation of objects that configure a tool. */
const LOCAL_CONFIG = "config.kubernetes.io/local-config";

const KUSTOMIZE = "kustomize.config.k8s.io/";
const KUSTOMIZE_KINDS: ReadonlySet<string> = new Set(["Kustomization", "Component"]);

/** True for the configuration of kpt, of kustomize, and of tools that is marked so: no cluster gets it. */
export function isToolConfig({ apiVersion, value, kind }: ParsedObject): boolean {
  const annotations = isSchema(value.metadata) ? value.metadata.annotations : undefined;
  const isOfKustomize = apiVersion.startsWith(KUSTOMIZE) && KUSTOMIZE_KINDS.has(kind);
  return kind === "Kptfile" || isOfKustomize || (isSchema(annotations) && annotations[LOCAL_CONFIG] === "true");
}
