import { NotWritable } from "../../yaml-edit/print-document.ts";
import { printFile } from "../../yaml-edit/print-file.ts";
import { findDifference } from "../../yaml-edit/same-node.ts";
import { readYamlFile, type YamlFile } from "../../yaml-edit/yaml-file.ts";
import { type Block, blockError } from "./block.ts";

/** The text of each block that was read before. */
const known = new WeakMap<Block, string>();

/**
 * A block as a file of its own: its lines, with their comments; printed anew if they say something else without the
 * rest of their file, as with a directive. Each call reads the text again. Throws a RenderError.
 */
export function readBlockText(block: Block): YamlFile {
  const before = known.get(block);
  for (const text of before === undefined ? textsOf(block) : [before]) {
    const file = readAs(text, block);
    if (file === undefined) continue;
    known.set(block, text);
    return file;
  }
  throw blockError("BlockInvalid", block, "the block cannot be written as a file of its own");
}

/** What the text may be, the best first. */
function* textsOf(block: Block): Generator<string> {
  const { start, end } = block.document;
  const whole = withoutMarkers(block.text.slice(start, end).replace(/^\ufeff/, "")).replace(/^(?:[ \t]*\r?\n)+/, "");
  yield `${whole.trimEnd()}\n`;
  // The lines at the end may belong to a text.
  yield whole;
  const printed = printRoot(block);
  if (printed !== undefined) yield printed;
}

/** Undefined for a text that is not this block. */
function readAs(text: string, { root }: Block): YamlFile | undefined {
  const file = readYamlFile(text);
  if ("problems" in file || file.documents.length !== 1) return undefined;
  return findDifference(root, file.documents[0]?.document.contents) === undefined ? file : undefined;
}

function printRoot({ root }: Block): string | undefined {
  try {
    return printFile(undefined, [{ contents: root }]);
  } catch (error) {
    if (error instanceof NotWritable) return undefined;
    throw error;
  }
}

/** A document without the `---` before it, what is before that, and the `...` after it. */
function withoutMarkers(text: string): string {
  const after = text.replace(/^(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*---(?:[ \t]*(?:#[^\n]*)?\r?\n|[ \t]+)/, "");
  return after.replace(/\r?\n\.\.\.[ \t]*(?:\r?\n[ \t\r\n]*)?$/, "\n");
}
