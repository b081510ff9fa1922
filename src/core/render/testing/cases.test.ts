import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RenderFailure } from "../failure.ts";
import { render } from "../render.ts";

/**
 * Each folder of `cases` has `input`, the files of a package, and either `expected`, its files after a render, or
 * `failure.json`, the fields of the failure that are to be checked. `results.txt` lists results, if it is there:
 * `severity: message`.
 */
const CASES = join(import.meta.dirname, "cases");

function readFiles(dir: string): ReadonlyMap<string, string> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [path.slice(dir.length + 1), readFileSync(path, "utf8")] as const));
}

const names = readdirSync(CASES, { withFileTypes: true }).map(({ name }) => name);

describe("render", () => {
  it("has cases", () => expect(names.length).toBeGreaterThan(0));

  it.each(names)("%s", async (name) => {
    const files = readFiles(join(CASES, name));
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
    const rendered = await render(input);
    const results = files.get("results.txt");
    if (results !== undefined) {
      expect(rendered.results.map(({ severity, message }) => `${severity}: ${message}`).join("\n")).toBe(
        results.trim(),
      );
    }
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
    const again = await render(after);
    expect([again.failure, [...again.changed], again.removed]).toEqual([undefined, [], []]);
  });
});
