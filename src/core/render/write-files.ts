import { pathClashes } from "../files/path-tree.ts";
import { NotWritable } from "../yaml-edit/print-document.ts";
import { printFile, type WrittenDocument } from "../yaml-edit/print-file.ts";
import { hasChanged, type YamlFile } from "../yaml-edit/yaml-file.ts";
import { RenderError } from "./failure.ts";
import { checkLimit, type RenderLimits } from "./limits.ts";
import { join, type PackageFiles, type ReadFiles } from "./packages.ts";
import type { Resource } from "./resource.ts";

/** The files that resources were read from, and whose documents are all accounted for. */
export interface Before {
  readonly files: PackageFiles;
  readonly read: ReadFiles;
  /** All resources that were read. */
  readonly resources: readonly Resource[];
}

export interface FileChanges {
  readonly changed: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/** The files that differ after a render. Throws a RenderError. */
export function writeFiles(before: Before, after: readonly Resource[], limits: RenderLimits): FileChanges {
  const { texts, binaries } = before.files;
  const wanted = Map.groupBy(after, (one) => join(one.package, one.path ?? ""));
  const inputs = new Set(before.resources.map((one) => join(one.package, one.path ?? "")));
  const changed = new Map<string, string>();
  let size = 0;
  for (const [path, resources] of wanted) {
    if (!inputs.has(path) && (texts.has(path) || binaries.has(path)))
      throw clash(path, "is a file that holds no resources");
    const text = writeFile(path, inputs.has(path) ? before.read.get(path) : undefined, resources);
    if (text === undefined || text === texts.get(path)) continue;
    size += text.length;
    checkLimit(limits, "output", size);
    changed.set(path, text);
  }
  const removed = [...inputs].filter((path) => !wanted.has(path));
  checkPaths([...texts.keys(), ...binaries], changed, removed);
  return { changed, removed };
}

/** Undefined for a file that has its resources still, and none of them changed. */
function writeFile(path: string, file: YamlFile | undefined, resources: readonly Resource[]): string | undefined {
  const documents = file?.documents ?? [];
  const isOwn = new Set<unknown>(documents);
  const ordered = resources.toSorted(
    (a, b) => (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER),
  );
  const written = ordered.map((one): WrittenDocument => {
    const document = one.source?.document;
    return document !== undefined && isOwn.has(document) ? document : { contents: one.root };
  });
  const all = withEmptyDocuments(documents, written);
  const isSame = all.length === documents.length && all.every((one, at) => one === documents[at]);
  if (isSame && !documents.some(hasChanged)) return undefined;
  try {
    return printFile(file, all);
  } catch (error) {
    if (!(error instanceof NotWritable)) throw error;
    throw new RenderError({ reason: "FunctionFailed", message: `the result ${error.message}`, file: path });
  }
}

/**
 * Documents without a resource, which are comments, stay behind the document that they were behind.
 * @param inPlaceOf of a document that is written in the place of one of the file
 */
export function withEmptyDocuments(
  documents: YamlFile["documents"],
  written: readonly WrittenDocument[],
  inPlaceOf: (document: WrittenDocument) => WrittenDocument = (document) => document,
): readonly WrittenDocument[] {
  const isEmpty = ({ document }: YamlFile["documents"][number]) => {
    const root: unknown = document.contents;
    return root === null || (typeof root === "object" && "value" in root && root.value === null);
  };
  if (!documents.some(isEmpty)) return written;
  const result = [...written];
  for (const [at, one] of documents.entries()) {
    if (!isEmpty(one)) continue;
    const before = documents
      .slice(0, at)
      .map(inPlaceOf)
      .findLast((other) => result.includes(other));
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, one);
  }
  return result;
}

/** Throws for new files in the way of others: a file and a folder of one name, names that differ by case. */
export function checkPaths(
  existing: readonly string[],
  changed: ReadonlyMap<string, string>,
  removed: readonly string[],
): void {
  const known = new Set(existing);
  const added = [...changed.keys()].filter((path) => !known.has(path));
  if (added.length === 0) return;
  const gone = new Set(removed);
  const paths = existing.filter((path) => !gone.has(path));
  const clashing = new Set(pathClashes(paths).map(({ path }) => path));
  const found = pathClashes([...paths, ...added]).find(({ path }) => !clashing.has(path));
  if (found !== undefined) throw clash(found.path, found.problem);
}

function clash(path: string, problem: string): RenderError {
  const message = `a function puts a resource in ${JSON.stringify(path)}, which ${problem}`;
  return new RenderError({ reason: "InvalidPath", message, file: path });
}
