import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { filePathProblem } from "../files/file-path.ts";
import { locate } from "../validation/text-position.ts";
import { RenderError } from "./failure.ts";
import { keyText, mapAt, nodeAt, scalarAt, scalarText, stringAt, stringsAt } from "./nodes/read.ts";

export const KPTFILE = "Kptfile";
const KPTFILE_VERSION = "kpt.dev/v1";

/** Which resources a function gets; empty fields match all. */
export interface Selector {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/** A function in a pipeline. */
export interface PipelineFunction {
  readonly name?: string;
  readonly image: string;
  /** Sorted by their keys, as kpt passes them. */
  readonly configMap?: ReadonlyMap<string, string>;
  readonly configPath?: string;
  readonly selectors: readonly Selector[];
  readonly exclude: readonly Selector[];
  /** Where it is in the Kptfile. */
  readonly field: string;
  readonly line: number;
}

export interface Pipeline {
  readonly mutators: readonly PipelineFunction[];
  readonly validators: readonly PipelineFunction[];
}

/** Newer kpt renders packages from the top down with it. */
const BFS_RENDERING = "kpt.dev/bfs-rendering";

const FUNCTION_KEYS = ["image", "exec", "tag", "name", "configPath", "configMap", "selectors", "exclude"] as const;
const SELECTOR_KEYS = ["apiVersion", "kind", "name", "namespace", "labels", "annotations"] as const;
const MAX_SELECTORS = 100;

interface Place {
  readonly text: string;
  readonly file: string;
}

/**
 * Reads the pipeline of a Kptfile. Throws a RenderError that names the line and the field.
 * @param file the path of the Kptfile, for messages
 */
export function readPipeline(text: string, file: string, root: unknown): Pipeline {
  const place: Place = { text, file };
  // Only marks the folder as a package.
  if (root === undefined || root === null || (isScalar(root) && root.value === null))
    return { mutators: [], validators: [] };
  if (!isMap(root)) throw invalid(place, root, "", "must be a mapping");
  const [apiVersion, kind] = [stringAt(root, "apiVersion"), stringAt(root, "kind")];
  if (kind !== "Kptfile") throw invalid(place, nodeAt(root, "kind") ?? root, "kind", "must be Kptfile");
  if (apiVersion !== KPTFILE_VERSION) {
    const at = nodeAt(root, "apiVersion") ?? root;
    throw invalid(place, at, "apiVersion", `must be ${KPTFILE_VERSION}; older Kptfiles are migrated by \`kpt fix\``);
  }
  const order = nodeAt(root, "metadata", "annotations", BFS_RENDERING);
  if (order !== undefined && stringAt(root, "metadata", "annotations", BFS_RENDERING).toLowerCase() === "true") {
    throw invalid(place, order, `metadata.annotations.${BFS_RENDERING}`, "is not supported: subpackages come first");
  }
  const pipeline = nodeAt(root, "pipeline");
  if (pipeline === undefined || isNull(pipeline)) return { mutators: [], validators: [] };
  if (!isMap(pipeline)) throw invalid(place, pipeline, "pipeline", "must be a mapping");
  checkKeys(place, pipeline, ["mutators", "validators"], "pipeline");
  return {
    mutators: readFunctions(place, pipeline, "mutators"),
    validators: readFunctions(place, pipeline, "validators"),
  };
}

function readFunctions(place: Place, pipeline: YAMLMap, key: keyof Pipeline): readonly PipelineFunction[] {
  const field = `pipeline.${key}`;
  return itemsAt(place, pipeline, key, field).map((item, at) => readFunction(place, item, `${field}[${at}]`));
}

function readFunction(place: Place, node: YAMLMap, field: string): PipelineFunction {
  checkKeys(place, node, FUNCTION_KEYS, field);
  const [image, exec, name] = [textAt(place, node, "image", field), textAt(place, node, "exec", field)].concat(
    textAt(place, node, "name", field),
  ) as [string, string, string];
  textAt(place, node, "tag", field);
  if (exec !== "") {
    const at = nodeAt(node, "exec");
    throw invalid(
      place,
      at,
      `${field}.exec`,
      "must not be set: no executables are run here, only functions with an image",
    );
  }
  if (image === "") throw invalid(place, node, field, "must have an image");
  const configPath = textAt(place, node, "configPath", field);
  const configMap = mapAt(node, "configMap");
  if (configMap !== undefined && configMap.items.length > 0 && configPath !== "") {
    throw invalid(place, node, field, "must not have both configMap and configPath");
  }
  if (configPath !== "") checkConfigPath(place, node, configPath, field);
  return {
    ...(name !== "" && { name }),
    image,
    ...(configPath !== "" && { configPath: configPath.replace(/^(?:\.\/)+/, "") }),
    ...(configMap !== undefined && configMap.items.length > 0 && { configMap: sortedStrings(place, node, field) }),
    selectors: readSelectors(place, node, "selectors", field),
    exclude: readSelectors(place, node, "exclude", field),
    field,
    line: locate(place.text, node.range?.[0] ?? 0).line,
  };
}

function checkConfigPath(place: Place, node: YAMLMap, configPath: string, field: string): void {
  const problem = filePathProblem(configPath.replace(/^(?:\.\/)+/, ""));
  if (problem === undefined) return;
  const at = nodeAt(node, "configPath");
  throw invalid(place, at, `${field}.configPath`, `must be a file of the package: ${quote(configPath)} ${problem}`);
}

/** `configMap` is a mapping of texts; numbers and booleans are taken as they are written. */
function sortedStrings(place: Place, node: YAMLMap, field: string): ReadonlyMap<string, string> {
  const map = mapAt(node, "configMap");
  for (const { key, value } of map?.items ?? []) {
    const name = keyText(key);
    if (name === undefined || (value !== null && !("value" in (value as object)))) {
      throw invalid(place, value, `${field}.configMap.${name ?? ""}`, "must be a text");
    }
  }
  return new Map([...stringsAt(node, "configMap")].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readSelectors(place: Place, node: YAMLMap, key: string, parent: string): readonly Selector[] {
  const field = `${parent}.${key}`;
  const items = itemsAt(place, node, key, field);
  if (items.length > MAX_SELECTORS) throw invalid(place, node, field, `must have at most ${MAX_SELECTORS} items`);
  return items.map((item, at) => {
    checkKeys(place, item, SELECTOR_KEYS, `${field}[${at}]`);
    return {
      apiVersion: textAt(place, item, "apiVersion", `${field}[${at}]`),
      kind: textAt(place, item, "kind", `${field}[${at}]`),
      name: textAt(place, item, "name", `${field}[${at}]`),
      namespace: textAt(place, item, "namespace", `${field}[${at}]`),
      labels: stringsAt(item, "labels"),
      annotations: stringsAt(item, "annotations"),
    };
  });
}

function itemsAt(place: Place, node: YAMLMap, key: string, field: string): readonly YAMLMap[] {
  const list = nodeAt(node, key);
  if (list === undefined || isNull(list)) return [];
  if (!isSeq(list)) throw invalid(place, list, field, "must be a list");
  return list.items.map((item, at) => {
    if (!isMap(item)) throw invalid(place, item, `${field}[${at}]`, "must be a mapping");
    return item;
  });
}

function textAt(place: Place, node: YAMLMap, key: string, parent: string): string {
  const value = nodeAt(node, key);
  if (value === undefined || isNull(value)) return "";
  const scalar = scalarAt(node, key);
  if (scalar === undefined) throw invalid(place, value, `${parent}.${key}`, "must be a text");
  return scalarText(scalar) ?? "";
}

function checkKeys(place: Place, node: YAMLMap, known: readonly string[], field: string): void {
  for (const { key } of node.items) {
    const name = keyText(key) ?? "";
    if (!known.includes(name)) throw invalid(place, key, `${field}.${name}`, "is no field of a Kptfile");
  }
}

function isNull(node: Node): boolean {
  return "value" in node && node.value === null;
}

function invalid({ text, file }: Place, node: unknown, field: string, problem: string): RenderError {
  const offset = (node as Node | null | undefined)?.range?.[0] ?? 0;
  const message = field === "" ? `the Kptfile ${problem}` : `${quote(field)} ${problem}`;
  return new RenderError({
    reason: "KptfileInvalid",
    message,
    file,
    ...locate(text, offset),
    ...(field !== "" && { field }),
  });
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
