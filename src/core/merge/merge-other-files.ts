import { sameBytes } from "../files/package-file.ts";
import { utf8Text } from "../files/utf8-text.ts";
import type { ConflictLog } from "./conflicts.ts";
import type { BasePath } from "./document-ids.ts";
import type { TextMerger } from "./merge-text.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

interface OtherFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface OtherFilesScope {
  readonly log: ConflictLog;
  readonly texts: TextMerger;
  /** True if files stay where the local side has them, although upstream has moved them. */
  readonly keepsLocations: boolean;
}

/** Merges files that are no YAML: texts by lines, others as a whole. */
export function mergeOtherFiles(
  sides: Three<FileMap>,
  basePath: { readonly upstream: BasePath; readonly local: BasePath },
  scope: OtherFilesScope,
): FileMap {
  const byBase = (files: FileMap, pathOf: BasePath) =>
    new Map([...files].map(([path, bytes]) => [pathOf(path), { path, bytes }] as const));
  const base = byBase(sides.base, (path) => path);
  const [upstream, local] = [byBase(sides.upstream, basePath.upstream), byBase(sides.local, basePath.local)];
  const keys = new Set([...base.keys(), ...upstream.keys(), ...local.keys()]);
  return new Map(
    [...keys].sort().flatMap((key) => {
      const sides = { base: base.get(key), upstream: upstream.get(key), local: local.get(key) };
      const merged = mergeFile(sides, scope);
      return merged === undefined ? [] : [[merged.path, merged.bytes] as const];
    }),
  );
}

function mergeFile(sides: Three<OtherFile | undefined>, scope: OtherFilesScope): OtherFile | undefined {
  const { base, upstream, local } = sides;
  const { log } = scope;
  if (upstream === undefined || local === undefined) {
    const left = upstream ?? local;
    if (base === undefined || left === undefined) return left;
    // One that is elsewhere may be a copy.
    if (sameBytes(left.bytes, base.bytes)) return local?.path === base.path ? undefined : local;
    log.add({ kind: "file", file: left.path }, textsOf({ base, upstream, local }));
    return local;
  }
  const path = mergePath({ base: base?.path, upstream: upstream.path, local: local.path }, scope);
  if (sameBytes(upstream.bytes, local.bytes)) return { path, bytes: local.bytes };
  if (base !== undefined && sameBytes(base.bytes, local.bytes)) return { path, bytes: upstream.bytes };
  if (base !== undefined && sameBytes(base.bytes, upstream.bytes)) return { path, bytes: local.bytes };
  const texts = textsOf({ base, upstream, local });
  const isText = [base, upstream, local].every((file) => file !== undefined && asText(file) !== undefined);
  const merged = isText && hasTexts(texts) ? scope.texts.merge(texts) : undefined;
  if (merged === undefined) {
    log.add({ kind: "file", file: path }, texts);
    return { path, bytes: local.bytes };
  }
  for (const { line, values } of merged.conflicts) log.add({ kind: "lines", file: path, line }, values);
  return { path, bytes: new TextEncoder().encode(merged.text) };
}

function mergePath(paths: Three<string | undefined> & { readonly local: string }, scope: OtherFilesScope): string {
  const { base, upstream, local } = paths;
  if (upstream === undefined || base === undefined || upstream === local || upstream === base) return local;
  if (local === base && !scope.keepsLocations) return upstream;
  scope.log.add({ kind: "location", file: local }, paths);
  return local;
}

function textsOf({ base, upstream, local }: Three<OtherFile | undefined>): Three<string | undefined> {
  return { base: textOf(base), upstream: textOf(upstream), local: textOf(local) };
}

/** Of a file that is no text, how long it is. */
function textOf(file: OtherFile | undefined): string | undefined {
  if (file === undefined) return undefined;
  return asText(file) ?? `binary file of ${file.bytes.length} bytes`;
}

function hasTexts(texts: Three<string | undefined>): texts is Three<string> {
  return Object.values(texts).every((text) => text !== undefined);
}

function asText({ bytes }: OtherFile): string | undefined {
  return bytes.includes(0) ? undefined : utf8Text(bytes);
}
