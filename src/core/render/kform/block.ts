import type { Node, YAMLMap } from "yaml";
import type { EditableDocument } from "../../yaml-edit/yaml-file.ts";
import { RenderError, type RenderFailureReason } from "../failure.ts";
import { placeOf } from "../krm.ts";
import type { Resource } from "../resource.ts";

/** input: values from outside. local: values from other blocks. data and list: objects of a cluster. */
export type BlockType =
  | "input"
  | "output"
  | "resource"
  | "local"
  | "data"
  | "list"
  | "provider"
  | "backend"
  | "package";

/** The variables that hold blocks, besides those named by the resource types of resource, data and list blocks. */
export const BLOCK_VARIABLES = ["input", "output", "local", "data"] as const;

/** A document of a package, as kform sees it. */
export interface Block {
  readonly type: BlockType;
  /** What expressions and messages call it: `input.context`, `kubernetes_manifest.claim`. */
  readonly name: string;
  /** The variable and the key in it; undefined for a block that expressions cannot refer to. */
  readonly variable?: readonly [name: string, key: string];
  readonly root: YAMLMap;
  readonly resource: Resource;
  readonly document: EditableDocument;
  /** The file's text. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** An expression for the number of instances. */
  readonly count?: string;
  /** An expression for the list or mapping that has an instance for each item. */
  readonly forEach?: string;
  /** Names of other blocks. */
  readonly dependsOn: readonly string[];
  /** True for an input that may be used as it is. */
  readonly isDefault: boolean;
}

export interface Details {
  /** The part of the block that is wrong; its first line otherwise. */
  readonly node?: Node | undefined;
  readonly field?: string;
}

/** Names in a message may be long. */
const MAX_MESSAGE_LENGTH = 1000;

export function blockError(
  reason: RenderFailureReason,
  block: Pick<Block, "resource">,
  message: string,
  { node, field }: Details = {},
): RenderError {
  const place = placeOf(block.resource, node ?? block.resource.root);
  const cut = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…` : message;
  return new RenderError({ reason, message: cut, function: "kform", ...place, ...(field !== undefined && { field }) });
}
