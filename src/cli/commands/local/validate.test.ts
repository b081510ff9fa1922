import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { runProgram } from "../../program.ts";
import { createIo } from "../../testing/io.ts";

const OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
const FILES = {
  "a.yaml": OBJECT,
  "b.yaml": `${OBJECT}---\n${OBJECT}`,
  "conf/values.yaml": "a: 1\n",
  "chart/templates/bad.yaml": "{{ nothing }}: [\n",
  ".krmignore": "chart/\n",
  "broken.yaml": "a: [\n",
};

const it = base.extend("dir", async ({}, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "validate-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(dir, "package", path, ".."), { recursive: true });
    await writeFile(join(dir, "package", path), text);
  }
  return dir;
});

async function validate(cwd: string, ...args: readonly string[]) {
  const io = { ...createIo(), cwd };
  const code = await runProgram(["validate", ...args], io);
  return { code, stdout: io.output(), stderr: io.errors() };
}

describe("kubectl pkg validate", () => {
  it("finds invalid YAML, with its place, but not in excluded files", async ({ dir }) => {
    const { code, stdout, stderr } = await validate(dir, "package");
    expect([code, stderr]).toEqual([1, "error: package: 1 problem\n"]);
    expect(stdout).toMatch(/^broken\.yaml:\d+:\d+: .+\n$/);
  });

  it("finds what would stop the build of a target", async ({ dir }) => {
    const { stdout } = await validate(dir, "package", "--target", "-o", "json");
    const { problems } = JSON.parse(stdout) as { problems: { path: string; message: string }[] };
    expect(problems.map(({ path }) => path).sort()).toEqual(["b.yaml", "b.yaml", "broken.yaml", "conf/values.yaml"]);
    expect(problems.find(({ path }) => path === "b.yaml")?.message).toContain("is also in");
  });

  it("ends with 0 if all is well, and with 3 without a folder", async ({ dir }) => {
    await writeFile(join(dir, "package", "broken.yaml"), "a: []\n");
    expect(await validate(dir, "package")).toEqual({ code: 0, stdout: "", stderr: "package: 6 files, no problems\n" });
    expect((await validate(dir, "nothing")).code).toBe(3);
  });

  it("refuses a file that no contents object can hold", async ({ dir }) => {
    await writeFile(join(dir, "package", "broken.yaml"), "x".repeat(1024 * 1024));
    expect((await validate(dir, "package")).stdout).toContain("broken.yaml:1:1: takes more than 1048576 bytes of JSON");
  });
});
