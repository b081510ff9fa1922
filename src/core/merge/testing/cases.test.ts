import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MergeConflict } from "../conflicts.ts";
import { type MergeOptions, mergePackages } from "../merge-packages.ts";
import type { FileMap } from "../package-side.ts";
import type { Three } from "../three.ts";

const CASES = join(import.meta.dirname, "cases");

function readFolder(dir: string): FileMap {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(dir.length + 1), new Uint8Array(readFileSync(path))]));
}

/**
 * Each folder has the files of `base`, `upstream` and `local`, and what their merge gives: `expected`, and
 * `conflicts.txt` if there are any, a line each. `options.json` has options; `failure.txt` is in the place of
 * `expected` where nothing is merged. A side without files has no folder.
 */
describe("cases of merges", () => {
  const names = readdirSync(CASES).sort();

  it("are at least 100", () => expect(names.length).toBeGreaterThanOrEqual(100));

  it.each(names)("%s", (name) => {
    const all = readFolder(join(CASES, name));
    const side = (folder: string): FileMap =>
      new Map(
        [...all].flatMap(([path, bytes]) =>
          path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), bytes] as const] : [],
        ),
      );
    const textOf = (path: string) => new TextDecoder().decode(all.get(path));
    const sides = { base: side("base"), upstream: side("upstream"), local: side("local") };
    const options = (all.has("options.json") ? JSON.parse(textOf("options.json")) : {}) as MergeOptions;
    const merged = mergePackages(sides, options);
    expect(merged.failure?.message ?? "").toBe(textOf("failure.txt").trim());
    expect(textsOf(merged.files)).toEqual(textsOf(merged.failure === undefined ? side("expected") : sides.local));
    expect(merged.conflicts.map(describeConflict).join("\n")).toBe(textOf("conflicts.txt").trim());
    expect(merged.conflictCount).toBe(merged.conflicts.length);
    if (merged.failure !== undefined) return;
    expectSteady(sides, merged.files, options);
  });
});

/** What was merged is merged: the same upstream brings nothing again, nor in a second merge of the old and new one. */
function expectSteady({ base, upstream }: Three<FileMap>, merged: FileMap, options: MergeOptions): void {
  const again = mergePackages({ base: upstream, upstream, local: merged }, options);
  if (options.strategy === undefined) expect(textsOf(again.files)).toEqual(textsOf(merged));
  const twice = mergePackages({ base, upstream, local: merged }, options);
  if (options.strategy !== "fast-forward") expect(textsOf(twice.files)).toEqual(textsOf(merged));
}

/** Bytes that are no text are shown as Latin-1. */
function textsOf(files: FileMap): Readonly<Record<string, string>> {
  const entries = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("latin1")] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describeConflict({ kind, file, resource, field, line, values, isSecret }: MergeConflict): string {
  const { base, upstream, local } = values;
  const place = [
    file + (line !== undefined && field === undefined ? `:${line}` : ""),
    resource && `${resource.kind}/${[resource.namespace, resource.name].filter((one) => one !== undefined).join("/")}`,
    field === undefined ? undefined : field + (line === undefined ? "" : `:${line}`),
  ];
  const shown = isSecret
    ? "secret"
    : [base, upstream, local].map((value) => value?.replaceAll("\n", "\\n") ?? "-").join(" | ");
  return `${kind} ${place.filter((one) => one !== undefined).join(" ")}: ${shown}`;
}
