import { Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { printDocument } from "../../yaml-edit/stringify-node.ts";
import type { Resource } from "../resource.ts";
import { expandAliases, hasAliases } from "./aliases.ts";
import { type Place, placeFor, withPlace } from "./annotations.ts";
import { toJson } from "./to-json.ts";

/** What a function gets on stdin. */
export interface FunctionInput {
  readonly text: string;
  /** In the order of the items. */
  readonly places: readonly Place[];
}

/** YAML has the comments, which some functions read; JSON is read faster. */
export type InputFormat = "yaml" | "json";

const STYLE = { indent: 2, isListIndented: false, lineBreak: "\n" } as const;

/** The ResourceList of the specification of KRM functions. */
export function writeResourceList(
  items: readonly Resource[],
  config: YAMLMap | undefined,
  format: InputFormat,
): FunctionInput {
  const places = items.map(placeFor);
  const list = new YAMLSeq();
  list.items = items.map((item, at) => {
    const root = format === "json" && !hasAliases(item.root) ? item.root : copyOf(item.root);
    return withPlace(root, places[at] as Place);
  });
  const root = new YAMLMap();
  const add = (key: string, value: unknown) => root.items.push(new Pair(new Scalar(key), value) as never);
  add("apiVersion", new Scalar("config.kubernetes.io/v1"));
  add("kind", new Scalar("ResourceList"));
  add("items", list);
  if (config !== undefined) add("functionConfig", copyOf(config));
  return { text: format === "json" ? toJson(root) : printDocument(root, STYLE), places };
}

/** Printing changes nodes. */
function copyOf(root: YAMLMap): YAMLMap {
  const copy = root.clone() as YAMLMap;
  expandAliases(copy);
  return copy;
}
