import { isSchema } from "../schema/open-api-schema.ts";
import { isKustomization } from "../target/folder.ts";
import { type Finding, offsetOf } from "./finding.ts";
import { isToolConfig, type ParsedObject } from "./parse-objects.ts";

const MAX_SHOWN = 60;

/**
 * The objects that an earlier one of the package replaces in a cluster, or is replaced by: same group, kind, namespace
 * and name. Not in folders with a kustomization file, where the second one may be a patch. Linear in the objects.
 *
 * @param paths Of all files of the package.
 */
export function findDuplicates(objects: readonly ParsedObject[], paths: readonly string[]): readonly Finding[] {
  const kustomized = new Set(paths.filter((path) => isKustomization(baseName(path))).map(parentOf));
  const first = new Map<string, ParsedObject>();
  return objects.flatMap((object) => {
    const id = isToolConfig(object) ? undefined : identify(object);
    if (id === undefined || foldersAbove(object.file.path).some((folder) => kustomized.has(folder))) return [];
    const other = first.get(id);
    if (other === undefined) first.set(id, object);
    return other === undefined ? [] : [describe(object, id, other)];
  });
}

/** `Deployment.apps web/cache`; undefined without a name. The namespace `default` is that of objects without one. */
function identify({ apiVersion, kind, value }: ParsedObject): string | undefined {
  const { name, namespace } = isSchema(value.metadata) ? value.metadata : {};
  if (typeof name !== "string" || name === "") return undefined;
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  const isDefault = typeof namespace !== "string" || namespace === "" || namespace === "default";
  return `${kind}${group} ${isDefault ? "" : `${namespace}/`}${name}`;
}

function describe(object: ParsedObject, id: string, other: ParsedObject): Finding {
  const { line, column } = other.file.locate(offsetOf(other, []));
  const [type = "", name = ""] = id.split(" ");
  const shown = `${type.slice(0, MAX_SHOWN)} ${name.slice(-MAX_SHOWN)}`.toWellFormed();
  const shownPath = shorten(other.file.path);
  const message = `${shown} is also at ${shownPath}:${line}:${column}: remove or rename one of them`;
  return { object, field: [], rule: "duplicate", severity: "error", message };
}

function shorten(path: string): string {
  return path.length > MAX_SHOWN ? `…${path.slice(-MAX_SHOWN).toWellFormed()}` : path.toWellFormed();
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, length) => parts.slice(0, length).join("/"));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
