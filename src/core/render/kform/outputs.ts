import { filePathProblem } from "../../files/file-path.ts";
import { isSchema } from "../../validation/schema/open-api-schema.ts";
import { plainReader } from "../../validation/yaml/value-reader.ts";
import { NotWritable } from "../../yaml-edit/print-document.ts";
import { printFile } from "../../yaml-edit/print-file.ts";
import { readYamlFile } from "../../yaml-edit/yaml-file.ts";
import { RenderError } from "../failure.ts";
import { checkLimit, type RenderLimits } from "../limits.ts";
import type { PackageFiles } from "../packages.ts";
import { checkPaths, type FileChanges } from "../write-files.ts";
import { type Block, blockError } from "./block.ts";
import { identityOf, type JsonObject } from "./given.ts";
import type { Instance } from "./instance.ts";

export const OUTPUT_FOLDER = "out";

/** The first line of a file that a render made: only such a file is removed when nothing makes it any more. */
const MARKER = /^# Rendered from [^\n]* \(kform\): changes here are lost\.\r?\n/;

/** True for a file that a render of kform blocks made. */
export function isRenderedOutput(path: string, text: string): boolean {
  return (
    path.startsWith(`${OUTPUT_FOLDER}/`) && !path.slice(OUTPUT_FOLDER.length + 1).includes("/") && MARKER.test(text)
  );
}

/** Paths of the files that an earlier render has made, sorted. */
export function renderedOutputs(texts: ReadonlyMap<string, string>): readonly string[] {
  return [...texts].flatMap(([path, text]) => (isRenderedOutput(path, text) ? [path] : [])).sort();
}

export interface Output {
  readonly block: Block;
  readonly instance: Instance;
}

/** The files of the outputs, and those of outputs that are no longer made. Throws a RenderError. */
export function writeOutputs(outputs: readonly Output[], files: PackageFiles, limits: RenderLimits): FileChanges {
  const changed = new Map<string, string>();
  const made = new Map<string, Block>();
  let size = 0;
  for (const { block, instance } of outputs) {
    const path = pathOf(block, instance.object);
    const other = made.get(path);
    if (other !== undefined) throw blockError("BlockInvalid", block, describeTwice(path, block, other));
    made.set(path, block);
    checkExisting(path, block, files);
    const text = printOutput(block, instance);
    if (files.texts.get(path) === text) continue;
    size += text.length;
    checkLimit(limits, "output", size);
    changed.set(path, text);
  }
  const gone = renderedOutputs(files.texts).filter((path) => !made.has(path));
  checkPaths([...files.texts.keys(), ...files.binaries], changed, gone);
  return { changed, removed: gone };
}

/** As kform names it: the slashes of the apiVersion are `_`. */
function pathOf(block: Block, object: JsonObject): string {
  const { apiVersion, kind, name, namespace } = identityOf(object);
  for (const [field, value] of Object.entries({ apiVersion, kind, "metadata.name": name })) {
    if (value === "") throw blockError("BlockInvalid", block, `makes an object without ${field}`, { field });
  }
  const file = outputName(object);
  const problem = [kind, name, namespace].some((part) => part.includes("/")) ? "has a / in it" : filePathProblem(file);
  if (problem === undefined) return file;
  throw blockError("InvalidPath", block, `makes the file ${JSON.stringify(file.slice(0, 200))}, which ${problem}`);
}

function outputName(object: JsonObject): string {
  const { apiVersion, kind, name, namespace } = identityOf(object);
  return `${OUTPUT_FOLDER}/${apiVersion.replaceAll("/", "_")}.${kind}.${namespace}.${name}.yaml`;
}

function describeTwice(path: string, block: Block, other: Block): string {
  if (block === other) return `makes ${path} more than once: the name must differ for each instance`;
  return `makes ${path}, as the block at ${other.file}:${other.line} does`;
}

/** What is in the place of an output must be one itself: from a render, or from pkgserver, which had no marker. */
function checkExisting(path: string, block: Block, { texts, binaries }: PackageFiles): void {
  const text = texts.get(path);
  if (!binaries.has(path) && (text === undefined || MARKER.test(text) || isNamedAfterItsObject(path, text))) return;
  const message = `makes ${path}, and the file that is there was not made by a render: remove or rename it`;
  throw blockError("InvalidPath", block, message);
}

function isNamedAfterItsObject(path: string, text: string): boolean {
  const file = readYamlFile(text);
  if ("problems" in file || file.documents.length !== 1) return false;
  const document = file.documents[0]?.document;
  const value = document && plainReader(document)(document.contents);
  return isSchema(value) && outputName(value) === path;
}

function printOutput({ file }: Block, { file: written }: Instance): string {
  let text: string;
  try {
    text = printFile(written, written.documents);
  } catch (error) {
    if (!(error instanceof NotWritable)) throw error;
    throw new RenderError({
      reason: "ExpressionFailed",
      message: `the result ${error.message}`,
      file,
      function: "kform",
    });
  }
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  return `# Rendered from ${file} (kform): changes here are lost.${lineBreak}${text}`;
}
