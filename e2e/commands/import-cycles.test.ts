import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Lints a project of these files with the repository's configuration; Biome's report, empty if there is no error. */
async function lint(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-cycles-"));
  onTestFinished(async () => await rm(dir, { recursive: true }));
  await cp(join(root, "biome.json"), join(dir, "biome.json"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dir, path, ".."), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const biome = join(root, "node_modules", ".bin", "biome");
  const args = ["lint", "--only=suspicious/noImportCycles", "--vcs-enabled=false", "--colors=off"];
  return await promisify(execFile)(biome, args, { cwd: dir }).then(
    () => "",
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => stdout + stderr,
  );
}

describe("make verify", () => {
  it.each(["src", "e2e"])("refuses an import cycle of values in %s", async (folder) => {
    const report = await lint({
      [`${folder}/a.ts`]: 'import { b } from "./b.ts";\nexport const a = () => b;\n',
      [`${folder}/b.ts`]: 'import { a } from "./a.ts";\nexport const b = () => a;\n',
    });
    expect(report).toContain(`${folder}/a.ts:1:19 lint/suspicious/noImportCycles`);
  });

  it.each(["src", "e2e"])("refuses an import cycle of types alone in %s", async (folder) => {
    const report = await lint({
      [`${folder}/a.ts`]: 'import type { B } from "./b.ts";\nexport interface A {\n  readonly b?: B;\n}\n',
      [`${folder}/b.ts`]: 'import type { C } from "./c/c.ts";\nexport type B = C;\n',
      [`${folder}/c/c.ts`]: 'import { type A } from "../a.ts";\nexport type C = A | undefined;\n',
    });
    expect(report).toContain(`${folder}/a.ts:1:24 lint/suspicious/noImportCycles`);
  });

  it("accepts imports without a cycle", async () => {
    const files = { "src/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n' };
    expect(await lint({ ...files, "src/b.ts": "export type B = string;\n" })).toBe("");
  });
});
