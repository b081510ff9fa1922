import { isMap, isScalar, type YAMLSeq } from "yaml";
import { scalarAt, scalarText } from "../render/nodes/read.ts";
import type { FieldSchema } from "./field-schema.ts";

/** How the items of a list are told apart; undefined: the list is merged as a whole. */
export type ItemKey = (item: unknown) => string | undefined;

export type FindItemKey = (lists: readonly YAMLSeq[], schema?: FieldSchema) => ItemKey | undefined;

/** Fields that tell the items of a list apart if no schema says it, the first that every item has as another one. */
const GUESSED: readonly (readonly string[])[] = [
  ["mountPath"],
  ["devicePath"],
  ["kind", "namespace?", "name"],
  ["namespace", "name"],
  ["name"],
  ["kind", "metadata.namespace?", "metadata.name"],
  ["containerPort", "protocol?"],
  ["port", "protocol?"],
  ["key"],
  ["id"],
  ["ip"],
  ["topologyKey"],
  ["conditionType"],
  ["type"],
];

const PLAIN = /^[-\w./:]{1,100}$/;

/** What a field is if it is not there. */
const DEFAULTS: Readonly<Record<string, string>> = { protocol: "TCP" };

/** Keys of lists whose items people know by their names. */
const PORTS: ReadonlySet<string> = new Set(["port", "containerPort"]);

/**
 * The keys of the items of a list: those of its schema, else the first guess that fits. They must be there, and differ,
 * in each of the lists; else the list is merged as a whole.
 */
export function findItemKey(lists: readonly YAMLSeq[], schema: FieldSchema | undefined): ItemKey | undefined {
  const rule = schema?.listRule;
  if (rule?.kind === "atomic") return undefined;
  if (rule?.kind === "set") return firstThatFits(lists, [scalarKey]);
  if (rule === undefined) return firstThatFits(lists, GUESSED.map(keyOf));
  const [first = "", ...others] = rule.keys;
  const keys = keyOf([first, ...others.map((key) => `${key}?`)]);
  if (!PORTS.has(first)) return firstThatFits(lists, [keys]);
  // A port that gets another number, or another protocol, keeps its name.
  if (lists.every(({ items }) => items.length <= 1) && lists.length === 3) return firstThatFits(lists, [onlyItem]);
  return firstThatFits(lists, [keyOf(["name"]), keys]);
}

/** A list of texts, each once. */
export function findTextKey(lists: readonly YAMLSeq[]): ItemKey | undefined {
  return firstThatFits(lists, [scalarKey]);
}

/** The functions of a pipeline: by their names, else by their images without tags, as for kpt. */
export function findFunctionKey(lists: readonly YAMLSeq[]): ItemKey | undefined {
  return firstThatFits(lists, [keyOf(["name"]), imageKey]);
}

function firstThatFits(lists: readonly YAMLSeq[], keys: readonly ItemKey[]): ItemKey | undefined {
  return keys.find((keyOfItem) =>
    lists.every(({ items }) => {
      const found = items.map(keyOfItem);
      return !found.includes(undefined) && new Set(found).size === found.length;
    }),
  );
}

/** @param fields `name?` may be missing */
function keyOf(fields: readonly string[]): ItemKey {
  const parts = fields.map((field) => {
    const name = field.replace(/\?$/, "");
    return { name, path: name.split("."), isOptional: field.endsWith("?") };
  });
  return (item) => {
    if (!isMap(item)) return undefined;
    const found: string[] = [];
    for (const { name, path, isOptional } of parts) {
      const scalar = scalarAt(item, ...path);
      const text = (scalar && scalarText(scalar)) ?? DEFAULTS[name] ?? "";
      if (text === "" && !isOptional) return undefined;
      if (text !== "") found.push(`${name}=${PLAIN.test(text) ? text : JSON.stringify(text)}`);
    }
    return found.join(",");
  };
}

const scalarKey: ItemKey = (item) => (isScalar(item) ? `=${scalarText(item) ?? "null"}` : undefined);

const onlyItem: ItemKey = (item) => (isMap(item) ? "0" : undefined);

const imageKey: ItemKey = (item) => {
  const [exec, image] = [scalarAt(item, "exec"), scalarAt(item, "image")];
  if (exec !== undefined) return `exec=${scalarText(exec)}`;
  // The tag comes after the last slash: a registry may have a port.
  return (
    image &&
    `image=${scalarText(image)
      ?.replace(/@.*$/, "")
      .replace(/:[^/:]*$/, "")}`
  );
};
