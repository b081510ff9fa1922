import { isVariableName } from "../../cel/cel.ts";
import { isKustomization, placeOf, requireKrm } from "../krm.ts";
import { nodeAt } from "../nodes/read.ts";
import { isLocalConfig, metaOf, type Resource } from "../resource.ts";
import { type Attribute, type Attributes, attributesOf } from "./annotations.ts";
import { BLOCK_VARIABLES, type Block, type BlockType, blockError } from "./block.ts";

const TYPES: readonly BlockType[] = [
  ...(["input", "output", "resource", "local", "data", "list", "provider", "backend", "package"] as const),
];

/** Configuration of tools, which are no blocks. */
const TOOL_KINDS: ReadonlySet<string> = new Set(["Kptfile", "KformFile"]);

/** Starts with a letter, as in kform; a variable of CEL has no `-`. */
const RESOURCE_TYPE = /^[A-Za-z][A-Za-z0-9_]*$/;

export interface ReadBlock {
  readonly block: Block;
  readonly ignored: Attributes["ignored"];
}

/**
 * The blocks of a package's files. A document that says nothing about kform is an output, except configuration of
 * tools. Throws a RenderError for a block that is not complete, and for names that are not unique.
 */
export function readBlocks(resources: readonly Resource[]): readonly ReadBlock[] {
  const blocks = resources.flatMap((resource) => {
    const attributes = attributesOf(resource.root);
    if (!attributes.known.has("block-type") && isToolConfig(resource)) return [];
    requireKrm([resource]);
    return [{ block: readBlock(resource, attributes), ignored: attributes.ignored }];
  });
  checkNames(blocks.map(({ block }) => block));
  return blocks;
}

function isToolConfig(resource: Resource): boolean {
  const { root } = resource;
  return isLocalConfig(root) || isKustomization(resource) || TOOL_KINDS.has(metaOf(root).kind);
}

function readBlock(resource: Resource, { known }: Attributes): Block {
  const { root, source, path = "" } = resource;
  if (source === undefined) throw new Error("a block has no text");
  const type = readType(resource, known);
  const { line = 1 } = placeOf(resource);
  const [count, forEach] = [known.get("count") ?? "", known.get("for-each") ?? ""];
  if (type === "input" && count + forEach !== "") {
    throw invalid(resource, "an input block has no count and no for-each: there is one for each object given", "count");
  }
  if (count !== "" && forEach !== "") throw invalid(resource, "a block cannot have both count and for-each", "count");
  return {
    type,
    ...nameOf(resource, type, known),
    root,
    resource,
    document: source.document,
    text: source.text,
    file: path,
    line,
    ...(count !== "" && { count }),
    ...(forEach !== "" && { forEach }),
    dependsOn: (known.get("depends-on") ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
    isDefault: known.get("default") === "true",
  };
}

function readType(resource: Resource, known: Attributes["known"]): BlockType {
  const given = known.get("block-type");
  if (given === undefined) return "output";
  const type = TYPES.find((one) => one === given);
  if (type === undefined) {
    const message = `there are no blocks of type ${quote(given)}: use one of ${TYPES.join(", ")}`;
    throw blockError("BlockNotSupported", { resource }, message, annotationAt(resource, "block-type"));
  }
  if (type !== "package") return type;
  const message = "package blocks are not supported: put the blocks of the other package into files of this one";
  throw blockError("BlockNotSupported", { resource }, message, annotationAt(resource, "block-type"));
}

function nameOf(resource: Resource, type: BlockType, known: Attributes["known"]): Pick<Block, "name" | "variable"> {
  const { apiVersion, kind, name, namespace } = metaOf(resource.root);
  const given = known.get("resource-id") ?? "";
  const id = given === "" ? name : given;
  if (type === "provider" || type === "backend") return { name: `${type}.${id}` };
  if (type === "output" && given === "") return { name: `output.${[apiVersion, kind, namespace, name].join("-")}` };
  if (type === "input" || type === "local" || type === "output") return { name: `${type}.${id}`, variable: [type, id] };
  const resourceType = known.get("resource-type") ?? "";
  if (resourceType === "") {
    throw invalid(resource, `a ${type} block must have the annotation kform.dev/resource-type`, "block-type");
  }
  const isReserved = BLOCK_VARIABLES.some((one) => one === resourceType) || ["each", "count"].includes(resourceType);
  if (!RESOURCE_TYPE.test(resourceType) || isReserved || !isVariableName(resourceType)) {
    throw invalid(
      resource,
      `${quote(resourceType)} cannot be a resource type: expressions use it as a name`,
      "resource-type",
    );
  }
  return { name: `${resourceType}.${id}`, variable: [resourceType, id] };
}

/** Several inputs of one name are several values; other names are unique. */
function checkNames(blocks: readonly Block[]): void {
  const known = new Map<string, Block>();
  for (const block of blocks) {
    const other = known.get(block.name);
    known.set(block.name, block);
    if (other === undefined || block.type === "input") continue;
    const place = `${other.file}:${other.line}`;
    throw invalid(block.resource, `the name ${quote(block.name)} is also that of the block at ${place}`, "resource-id");
  }
}

function invalid(resource: Resource, message: string, attribute: Attribute) {
  return blockError("BlockInvalid", { resource }, message, annotationAt(resource, attribute));
}

export function annotationAt(resource: Resource, attribute: Attribute) {
  const keys = [`kform.dev/${attribute}`, `kform.dev/${attribute.replaceAll("-", "_")}`];
  const found = keys.find((key) => nodeAt(resource.root, "metadata", "annotations", key) !== undefined);
  if (found === undefined) return {};
  const node = nodeAt(resource.root, "metadata", "annotations", found);
  return { node, field: `metadata.annotations.${found}` };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
