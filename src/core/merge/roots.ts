import { isMap, type Node, type YAMLMap } from "yaml";
import { expandAliases, hasAliases } from "../render/external/aliases.ts";
import { mapAt } from "../render/nodes/read.ts";
import { removeKey } from "../render/nodes/write.ts";
import { annotationsOf } from "../render/resource.ts";
import type { SideDocument } from "./package-side.ts";

/** Annotations in which kpt and kustomize note where a resource is from. */
const TOOLS = /^internal\.(?:kpt\.dev|config\.kubernetes\.io)\//;

/** The root as it is now, without aliases. */
export function plainRoot({ document }: SideDocument): Node {
  const root = document.document.contents as Node;
  if (!isMap(root) || !hasAliases(root)) return root;
  const copy = root.clone() as YAMLMap;
  expandAliases(copy);
  return copy;
}

/** Without the notes of tools, which are no change of the package. */
export function ownRoot(one: SideDocument): Node {
  const root = plainRoot(one);
  if (!isMap(root) || ![...annotationsOf(root).keys()].some((key) => TOOLS.test(key))) return root;
  const copy = root.clone() as YAMLMap;
  const annotations = mapAt(copy, "metadata", "annotations");
  for (const key of annotationsOf(copy).keys()) if (annotations && TOOLS.test(key)) removeKey(annotations, key);
  const metadata = mapAt(copy, "metadata");
  if (metadata && annotations?.items.length === 0) removeKey(metadata, "annotations");
  return copy;
}
