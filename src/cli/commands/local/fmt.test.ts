import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { runProgram } from "../../program.ts";
import { createIo } from "../../testing/io.ts";

const UNTIDY = "a:\n    b: 1  \n";
const TIDY = "a:\n  b: 1\n";
const FILES = {
  "p/Kptfile": UNTIDY,
  "p/b.yaml": UNTIDY,
  "p/conf/c.yml": UNTIDY,
  "p/tidy.yaml": TIDY,
  "p/README.md": UNTIDY,
  "p/chart/templates/t.yaml": "{{ nothing }}: [\n",
  "p/.krmignore": "chart/\n",
  "p/.git/d.yaml": UNTIDY,
  "outside.yaml": UNTIDY,
};

const it = base.extend("dir", async ({}, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "fmt-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(dir, path, ".."), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
});

async function fmt(cwd: string, ...args: readonly string[]) {
  const io = { ...createIo(), cwd };
  const code = await runProgram(["fmt", ...args], io);
  return { code, stdout: io.output(), stderr: io.errors() };
}

const read = async (dir: string, path: string) => await readFile(join(dir, path), "utf8");

describe("kubectl pkg fmt", () => {
  const listed = "p/Kptfile\np/b.yaml\np/conf/c.yml\n";

  it("formats the YAML files of a folder, and nothing else", async ({ dir }) => {
    await chmod(join(dir, "p/b.yaml"), 0o751);
    await symlink("../outside.yaml", join(dir, "p/link.yaml"));
    expect(await fmt(dir, "p")).toEqual({ code: 0, stdout: listed, stderr: "4 files, 3 formatted\n" });
    for (const path of ["p/Kptfile", "p/b.yaml", "p/conf/c.yml"]) expect(await read(dir, path)).toBe(TIDY);
    for (const path of ["p/README.md", "p/.git/d.yaml", "outside.yaml"]) expect(await read(dir, path)).toBe(UNTIDY);
    expect((await stat(join(dir, "p/b.yaml"))).mode & 0o777).toBe(0o751);
    expect((await readdir(join(dir, "p"))).filter((name) => name.startsWith(".b."))).toEqual([]);
    expect(await fmt(join(dir, "p"))).toEqual({ code: 0, stdout: "", stderr: "4 files, 0 formatted\n" });
  });

  it("--check lists, changes nothing, and ends with 1", async ({ dir }) => {
    expect(await fmt(dir, "p", "--check")).toEqual({
      code: 1,
      stdout: listed,
      stderr: "error: 3 files not formatted\nto format: kubectl pkg fmt p\n",
    });
    expect(await read(dir, "p/b.yaml")).toBe(UNTIDY);
    expect(await fmt(dir, "p/tidy.yaml", "--check")).toMatchObject({ code: 0, stderr: "1 file, all formatted\n" });
  });

  it("reports what is no YAML, leaves it alone, and formats the rest", async ({ dir }) => {
    await writeFile(join(dir, "p/bad\n.yaml"), "a: [  \n");
    const { code, stdout, stderr } = await fmt(dir, "p");
    expect([code, stdout]).toEqual([1, listed]);
    expect(stderr).toMatch(/^p\/bad\\u\{a\}\.yaml:2:1: .+\nerror: 1 file could not be read as YAML\n$/);
    expect(await read(dir, "p/bad\n.yaml")).toBe("a: [  \n");
    const { problems } = JSON.parse((await fmt(dir, "p", "-o", "json")).stdout) as { problems: { path: string }[] };
    expect(problems.map(({ path }) => path)).toEqual(["p/bad\n.yaml"]);
  });

  it("takes files by name, whatever they are called, each once", async ({ dir }) => {
    expect((await fmt(dir, "p/README.md", "p/README.md")).stdout).toBe("p/README.md\n");
    expect(await read(dir, "p/README.md")).toBe(TIDY);
  });

  it.for([
    ["nothing", 3, "there is no "],
    ["link", 4, '"link" is a link, or no file'],
  ] as const)("%s ends with %i", async ([name, code, message], { dir }) => {
    await symlink("outside.yaml", join(dir, "link"));
    const result = await fmt(dir, name);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
    expect(await read(dir, "outside.yaml")).toBe(UNTIDY);
  });
});
