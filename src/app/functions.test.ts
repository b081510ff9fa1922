import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError } from "./config.ts";
import { loadFunctions } from "./functions.ts";

describe("loadFunctions", () => {
  it("has the built-in functions without settings", async () => {
    const { source, versions } = await loadFunctions(undefined);
    expect(source.settings.functions.size).toBe(0);
    expect(source.starlarkFile).toMatch(/\/dist\/starlark\.wasm$/);
    expect([versions.has("format@1"), versions.has("format@0")]).toEqual([true, false]);
  });

  it("refuses settings that are wrong, or missing: packages that were rendered before would fail", async () => {
    const dir = await mkdtemp(join(tmpdir(), "functions-"));
    const file = join(dir, "functions.yaml");
    await expect(loadFunctions(file)).rejects.toThrow(new ConfigError(`PKGSERVER_FUNCTIONS is ${file}: ENOENT`));
    await writeFile(file, "functions: {a: {exec: b}}");
    const message = `PKGSERVER_FUNCTIONS is ${file}: functions[a]: b is no absolute path`;
    await expect(loadFunctions(file)).rejects.toThrow(new ConfigError(message));
    await rm(dir, { recursive: true });
  });
});
