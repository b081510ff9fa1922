import { isMap, isScalar, isSeq } from "yaml";
import { compare } from "../identity/compare.ts";
import { ExcludedFiles, IGNORE_FILE } from "../validation/ignore/ignore-file.ts";
import { locate } from "../validation/text-position.ts";
import { readYamlFile, type YamlFile } from "../yaml-edit/yaml-file.ts";
import { RenderError } from "./failure.ts";
import { KPTFILE, type Pipeline, readPipeline } from "./kptfile.ts";
import type { Resource } from "./resource.ts";

/** A package or subpackage: a folder with a Kptfile. */
export interface KptPackage {
  /** Empty for the root package. */
  readonly folder: string;
  readonly pipeline: Pipeline;
  /** Direct subpackages, by their folders. */
  readonly subpackages: readonly KptPackage[];
  /** True if this package or one above it has functions, which get its resources. */
  readonly isRendered: boolean;
}

/** The files of a package. */
export interface PackageFiles {
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of files that are no UTF-8 text. */
  readonly binaries: ReadonlySet<string>;
}

/** The files that were read, by their paths. */
export type ReadFiles = Map<string, YamlFile>;

/** The root package and all below it; undefined without a Kptfile at the top. */
export function findPackages(files: ReadonlyMap<string, string>, read: ReadFiles): KptPackage | undefined {
  const folders = [...files.keys()]
    .filter((path) => path === KPTFILE || path.endsWith(`/${KPTFILE}`))
    .map(folderOf)
    .sort(comparePaths);
  return folders[0] === "" ? readPackage("", folders, files, read, false) : undefined;
}

function readPackage(
  folder: string,
  folders: readonly string[],
  files: ReadonlyMap<string, string>,
  read: ReadFiles,
  isBelowRendered: boolean,
): KptPackage {
  const path = join(folder, KPTFILE);
  const text = files.get(path) ?? "";
  const root = readFile(path, text, read).documents[0]?.document.contents;
  const pipeline = readPipeline(text, path, root);
  const isRendered = isBelowRendered || pipeline.mutators.length + pipeline.validators.length > 0;
  const below = folders.filter((one) => one !== folder && isBelow(one, folder));
  const direct = below.filter((one) => !below.some((other) => other !== one && isBelow(one, other)));
  return {
    folder,
    pipeline,
    subpackages: direct.map((one) =>
      readPackage(one, [one, ...below.filter((other) => isBelow(other, one))], files, read, isRendered),
    ),
    isRendered,
  };
}

/** Reads a file once. Throws a RenderError for YAML that Kubernetes could not read. */
function readFile(path: string, text: string, read: ReadFiles): YamlFile {
  const known = read.get(path);
  if (known !== undefined) return known;
  const file = readYamlFile(text);
  if ("problems" in file) {
    const [first] = file.problems;
    const place = locate(text, first?.offset ?? 0);
    throw new RenderError({ reason: "InvalidYAML", message: first?.message ?? "cannot be read", file: path, ...place });
  }
  read.set(path, file);
  return file;
}

/**
 * The resources of a package's own files, by folder and name as kpt has them: Kptfile, `.yaml`, `.yml` and `.json`. A
 * file that the package's ignore file excludes is not read.
 */
export function readResources(
  { folder }: Pick<KptPackage, "folder">,
  isInSubpackage: (path: string) => boolean,
  { texts, binaries }: PackageFiles,
  read: ReadFiles,
): readonly Resource[] {
  const ignore = texts.get(join(folder, IGNORE_FILE));
  const excluded = new ExcludedFiles(
    ignore === undefined ? [] : [{ path: IGNORE_FILE, bytes: new TextEncoder().encode(ignore) }],
  );
  const paths = [...texts.keys(), ...binaries]
    .filter((path) => isBelow(path, folder) && isKrmFile(path) && !isInSubpackage(path))
    .map((path) => relative(path, folder))
    .filter((path) => !excluded.has(path))
    .sort(comparePaths);
  return paths.flatMap((path) => {
    const file = join(folder, path);
    const text = texts.get(file);
    if (text === undefined) throw new RenderError({ reason: "InvalidYAML", message: "not UTF-8 text", file });
    return resourcesOf(readFile(file, text, read), folder, path);
  });
}

function resourcesOf(file: YamlFile, folder: string, path: string): readonly Resource[] {
  const resources: Resource[] = [];
  for (const document of file.documents) {
    const root: unknown = document.document.contents;
    if (root === null || (isScalar(root) && root.value === null)) continue;
    if (!isMap(root)) throw notKrm(file, join(folder, path), root);
    const source = { text: file.text, document };
    resources.push({ root, package: folder, path, index: resources.length, source });
  }
  return resources;
}

function notKrm({ text }: YamlFile, file: string, root: unknown): RenderError {
  const offset = isScalar(root) || isSeq(root) ? (root.range?.[0] ?? 0) : 0;
  const message = "the document is no Kubernetes object; exclude the file in .krmignore if that is right";
  return new RenderError({ reason: "NotKRM", message, file, ...locate(text, offset) });
}

/** True for files whose documents functions get. */
export function isKrmFile(path: string): boolean {
  return /(?:^|\/)Kptfile$|[^/]\.(?:ya?ml|json)$|(?:^|\/)\.(?:ya?ml|json)$/.test(path);
}

/** By folders and names, as kpt walks through a package: `a/z` comes before `a.yaml`. */
export function comparePaths(a: string, b: string): number {
  const [one, other] = [a.split("/"), b.split("/")];
  for (const [at, part] of one.entries()) {
    const next = other[at];
    if (next === undefined) return 1;
    const order = compare(part, next);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** True for a path in the folder, or in one below it; everything is in the root. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

export function join(folder: string, path: string): string {
  return folder === "" ? path : `${folder}/${path}`;
}

function relative(path: string, folder: string): string {
  return folder === "" ? path : path.slice(folder.length + 1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
