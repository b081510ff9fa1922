import { changeOf, type FileChange } from "../../core/files/three-way.ts";
import { utf8Text } from "../../core/files/utf8-text.ts";
import type { FunctionRuntime } from "../../core/ports/function-runtime.ts";
import type { GivenObject } from "../../core/render/kform/given.ts";
import { render } from "../../core/render/render.ts";
import type { Rendered } from "../../core/render/rendered.ts";
import type { FilePair } from "../../core/review/file-pairs.ts";

export interface RenderedFolder {
  readonly rendered: Rendered;
  readonly pairs: readonly FilePair<Uint8Array>[];
  readonly changes: readonly FileChange[];
}

export interface RenderFolderOptions {
  /** In the place of `spec.inputs`. */
  readonly inputs: readonly GivenObject[];
  /** Its blocks are only checked, as by the operator. */
  readonly isBlueprint: boolean;
  readonly runtime: FunctionRuntime;
}

/** Renders the files of a folder; writes nothing. */
export async function renderFolder(
  files: ReadonlyMap<string, Uint8Array>,
  options: RenderFolderOptions,
): Promise<RenderedFolder> {
  const texts = new Map<string, string>();
  const binaries = new Set<string>();
  for (const [path, bytes] of files) {
    const text = utf8Text(bytes);
    if (text === undefined) binaries.add(path);
    else texts.set(path, text);
  }
  const rendered = await render(texts, { ...options, binaries });
  const encoder = new TextEncoder();
  const changed = [...rendered.changed].map(([path, text]): FilePair<Uint8Array> => {
    return { path, before: files.get(path), after: encoder.encode(text) };
  });
  const removed = rendered.removed.map(
    (path): FilePair<Uint8Array> => ({ path, before: files.get(path), after: undefined }),
  );
  const pairs = [...changed, ...removed].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { rendered, pairs, changes: pairs.map(({ path, before, after }) => changeOf(path, before, after)) };
}
