import type { YAMLMap } from "yaml";
import { filePathProblem } from "../files/file-path.ts";
import { RenderError } from "./failure.ts";
import { mapAt } from "./nodes/read.ts";
import { removeKey } from "./nodes/write.ts";
import { annotationsOf, metaOf, type Resource } from "./resource.ts";

/** Where a function puts a resource; the older names are those of kpt before version 1. */
const PATH = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"] as const;
const INDEX = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"] as const;
const OTHERS = [
  "internal.config.kubernetes.io/package-path",
  "internal.config.kubernetes.io/id",
  "internal.config.kubernetes.io/seqindent",
  "config.k8s.io/id",
] as const;

/**
 * Gives new resources the path of their annotations, or kpt's default: `[namespace/]kind_name.yaml` in the package of
 * the function. The annotations are removed. Throws a RenderError for a path outside of the package.
 */
export function assignPaths(items: readonly Resource[], folder: string): void {
  for (const item of items) {
    if (item.path !== undefined) continue;
    const annotations = annotationsOf(item.root);
    const [path, index] = [PATH, INDEX].map((keys) => keys.map((key) => annotations.get(key)).find(isGiven));
    item.path = checkedPath(path ?? defaultPath(item.root));
    item.package = folder;
    if (index !== undefined && /^\d{1,9}$/.test(index)) item.index = Number(index);
    removeAnnotations(item.root);
  }
}

/** The path of a file of a package. Throws a RenderError for one that is none. */
export function checkedPath(path: string): string {
  const wanted = normalizePath(path);
  const problem = filePathProblem(wanted);
  if (problem === undefined) return wanted;
  const message = `puts a resource in ${JSON.stringify(wanted.slice(0, 200))}, which ${problem}`;
  throw new RenderError({ reason: "InvalidPath", message });
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function defaultPath(root: YAMLMap): string {
  const { kind, name, namespace } = metaOf(root);
  const file = `${kind.toLowerCase()}_${name}.yaml`;
  return namespace === "" ? file : `${namespace}/${file}`;
}

/** `./a//b/../c` → `a/c`; what leads out of the package stays as it is. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

function removeAnnotations(root: YAMLMap): void {
  const metadata = mapAt(root, "metadata");
  const annotations = mapAt(metadata, "annotations");
  if (metadata === undefined || annotations === undefined) return;
  let count = 0;
  for (const key of [...PATH, ...INDEX, ...OTHERS]) if (removeKey(annotations, key)) count++;
  if (count > 0 && annotations.items.length === 0) removeKey(metadata, "annotations");
}
