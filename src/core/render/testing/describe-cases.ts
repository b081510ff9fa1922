import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { RenderFailure } from "../failure.ts";
import type { DataRequest, GivenObject, JsonObject } from "../kform/given.ts";
import { render } from "../render.ts";
import { missingStarlark, starlarkRuntime } from "./starlark.ts";

function readFiles(dir: string): ReadonlyMap<string, string> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [path.slice(dir.length + 1), readFileSync(path, "utf8")] as const));
}

/**
 * Each folder has `input`, the files of a package, and either `expected`, its files after a render, or `failure.json`,
 * the fields of the failure that are to be checked. `inputs.yaml` and `data.yaml` are objects that the caller gives.
 * `results.txt`, `taken.txt` and `missing.txt` list results, and the objects that were taken and missed.
 */
export function describeCases(title: string, dir: string): void {
  const all = readdirSync(dir, { withFileTypes: true }).map(({ name }) => name);
  const names = all.filter((name) => missingStarlark === undefined || !name.startsWith("starlark-"));
  describe(title, () => {
    it("has cases", () => expect(names.length).toBeGreaterThan(0));

    if (names.length < all.length) it.skip(`runs starlark: ${missingStarlark}`, () => undefined);

    it.each(names)("%s", async (name) => await tryCase(join(dir, name)));
  });
}

async function tryCase(dir: string): Promise<void> {
  const files = readFiles(dir);
  const side = (folder: string) =>
    new Map(
      [...files].flatMap(([path, text]) =>
        path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), text] as const] : [],
      ),
    );
  const [input, expected] = [side("input"), side("expected")];
  const failure = files.get("failure.json");
  expect(input.size, "files of input").toBeGreaterThan(0);
  expect(expected.size > 0 || failure !== undefined, "expected/ or failure.json").toBe(true);
  const given = { inputs: objectsOf(files, "inputs"), data: objectsOf(files, "data"), runtime: starlarkRuntime };
  const rendered = await render(input, given);
  expectLines(files.get("results.txt"), rendered.results, ({ severity, message }) => `${severity}: ${message}`);
  expectLines(files.get("taken.txt"), rendered.taken, (one) => `${describeRequest(one)} from ${one.source}`);
  expectLines(files.get("missing.txt"), rendered.missing, describeRequest);
  if (failure !== undefined) {
    expect(rendered.failure).toMatchObject(JSON.parse(failure) as Partial<RenderFailure>);
    expect([rendered.changed.size, rendered.removed.length]).toEqual([0, 0]);
    return;
  }
  expect(rendered.failure).toBeUndefined();
  const after = new Map([...input, ...rendered.changed]);
  for (const path of rendered.removed) after.delete(path);
  expect(Object.fromEntries(after)).toEqual(Object.fromEntries(expected));
  // Some functions add to what is there, each time: `once.txt` says why.
  if (files.has("once.txt")) return;
  const again = await render(after, given);
  expect([again.failure, [...again.changed], again.removed]).toEqual([undefined, [], []]);
}

function expectLines<T>(wanted: string | undefined, items: readonly T[], describeItem: (item: T) => string): void {
  if (wanted !== undefined) expect(items.map(describeItem).join("\n")).toBe(wanted.trim());
}

function objectsOf(files: ReadonlyMap<string, string>, name: string): readonly GivenObject[] {
  return parseAllDocuments(files.get(`${name}.yaml`) ?? "").map((document, at) => {
    return { object: document.toJS() as JsonObject, source: `${name}[${at}]` };
  });
}

function describeRequest({ block, apiVersion, kind, namespace, name }: DataRequest): string {
  const path = [namespace, name].filter((part) => part !== undefined).join("/");
  return `${block} ${apiVersion}/${kind} ${path}`;
}
