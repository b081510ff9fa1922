import type { Node } from "yaml";
import { locate } from "../validation/text-position.ts";
import { RenderError } from "./failure.ts";
import { join } from "./packages.ts";
import { type Meta, metaOf, type Resource } from "./resource.ts";

const KUSTOMIZATION_FILES: ReadonlySet<string> = new Set(["kustomization.yaml", "kustomization.yml", "Kustomization"]);

/**
 * Throws a RenderError for a document without apiVersion, kind or name. kpt refuses it, too.
 * @param isResult the resources are those that a function has left
 */
export function requireKrm(resources: readonly Resource[], isResult = false): void {
  for (const resource of resources) {
    const meta = metaOf(resource.root);
    if (isKustomization(resource, meta)) continue;
    const { apiVersion, kind, name } = meta;
    const field = apiVersion === "" ? "apiVersion" : kind === "" ? "kind" : name === "" ? "metadata.name" : undefined;
    if (field === undefined) continue;
    const message = `a Kubernetes object must have \`${field}\``;
    const place = resource.source === undefined ? {} : placeOf(resource);
    if (isResult) throw new RenderError({ reason: "FunctionFailed", message, field, ...place });
    const advice = "exclude the file in .krmignore if it holds none";
    throw new RenderError({ reason: "NotKRM", message: `${message}; ${advice}`, field, ...place });
  }
}

export function isKustomization(resource: Resource, { apiVersion, kind }: Meta = metaOf(resource.root)): boolean {
  const { path = "" } = resource;
  if (KUSTOMIZATION_FILES.has(path.slice(path.lastIndexOf("/") + 1))) return true;
  return apiVersion.startsWith("kustomize.config.k8s.io") || (apiVersion === "" && kind === "Kustomization");
}

/** Where a resource, or a node of it, is in the files. */
export function placeOf(resource: Resource, node: Node = resource.root) {
  const { source, path } = resource;
  const file = path === undefined ? undefined : join(resource.package, path);
  // A node that a function has made has no position.
  const offset = node.range?.[0] ?? resource.root.range?.[0];
  return {
    ...(file !== undefined && { file }),
    ...(source !== undefined && offset !== undefined && locate(source.text, offset)),
  };
}
