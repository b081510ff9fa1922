import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { runProgram } from "../../program.ts";
import { createIo } from "../../testing/io.ts";

const OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
const FILES = {
  "a.yaml": OBJECT,
  "b.yaml": OBJECT.replace("name: a", "name: b"),
  "conf/values.yaml": "a: 1\n",
  "chart/templates/bad.yaml": "{{ nothing }}: [\n",
  ".krmignore": "chart/\n",
  "broken.yaml": "a: [\n",
};

interface SarifResult {
  readonly level: string;
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region: { readonly startLine: number; readonly startColumn: number };
      };
    },
  ];
}

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
    expect(stdout).toMatch(/^package\/broken\.yaml:\d+:\d+: .+\n$/);
  });

  it("finds what would stop the build of a target", async ({ dir }) => {
    await writeFile(join(dir, "package", "b.yaml"), `${OBJECT}---\n${OBJECT}`);
    const { stdout } = await validate(dir, "package", "--target", "-o", "json");
    const { problems, count } = JSON.parse(stdout) as { problems: { path: string; message: string }[]; count: number };
    expect(problems.map(({ path }) => path).sort()).toEqual(["b.yaml", "b.yaml", "broken.yaml", "conf/values.yaml"]);
    expect(count).toBe(4);
    expect(problems.find(({ path }) => path === "b.yaml")?.message).toContain("is also in");
  });

  describe("with --schemas", () => {
    const WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: '1'}\n";
    const definition = (type: string) =>
      JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "widgets.example.com" },
        spec: {
          group: "example.com",
          names: { kind: "Widget" },
          versions: [
            {
              name: "v1",
              served: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: { spec: { type: "object", properties: { size: { type } } } },
                },
              },
            },
          ],
        },
      });

    it("compares objects with the definitions in a folder or file, and names it", async ({ dir }) => {
      await writeFile(join(dir, "package", "broken.yaml"), WIDGET);
      await mkdir(join(dir, "catalog", "widgets"), { recursive: true });
      await writeFile(join(dir, "catalog", "widgets", "crd.yaml"), definition("integer"));
      await writeFile(join(dir, "catalog", "values.yaml"), "CustomResourceDefinition: example.com [\n");
      const found = {
        code: 1,
        stdout:
          "package/broken.yaml:4:8: spec.size: must be integer, and is string " +
          '(definition: "catalog/widgets/crd.yaml")\n',
        stderr: "error: package: 1 problem\n",
      };
      expect(await validate(dir, "package", "--schemas", "catalog")).toEqual(found);
      expect(await validate(dir, "package", "--schemas", "catalog/widgets/crd.yaml")).toEqual(found);
      await writeFile(join(dir, "other.yaml"), definition("string"));
      const both = await validate(dir, "package", "--schemas", "other.yaml", "--schemas", "catalog");
      expect(both.stderr).toContain(
        'Widget of example.com/v1 is compared with its definition in "catalog/widgets/crd.yaml": ' +
          'another one is in "other.yaml"',
      );
    });

    it("says where there was none, and which place does not exist", async ({ dir }) => {
      await writeFile(join(dir, "package", "broken.yaml"), WIDGET);
      await mkdir(join(dir, "catalog"));
      expect((await validate(dir, "package", "--schemas", "catalog")).stderr).toContain(
        "example.com/v1/Widget: 1 object not compared: neither package nor catalog has",
      );
      const { code, stderr } = await validate(dir, "package", "--schemas", "nowhere");
      expect([code, stderr]).toEqual([3, expect.stringContaining("nowhere does not exist")]);
    });
  });

  it("finds an object that is there twice, in a blueprint as well", async ({ dir }) => {
    await writeFile(join(dir, "package", "broken.yaml"), `# one\n${OBJECT}`);
    expect((await validate(dir, "package")).stdout).toBe(
      "package/broken.yaml:2:1: ConfigMap a is also at a.yaml:1:1: remove or rename one of them\n",
    );
  });

  it("compares objects with schemas: what would be refused is a problem, what would be removed a warning", async ({
    dir,
  }) => {
    const deployment =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: '3', replica: 1}\n";
    const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n";
    await writeFile(join(dir, "package", "broken.yaml"), `${deployment}---\n${widget}`);
    const { code, stdout, stderr } = await validate(dir, "package");
    expect(stdout.split("\n")).toEqual([
      "package/broken.yaml:4:1: spec.selector: is missing",
      "package/broken.yaml:4:1: spec.template: is missing",
      "package/broken.yaml:4:8: spec.replicas: must be integer, and is string",
      "package/broken.yaml:4:23: spec.replica: unknown field (warning)",
      "",
    ]);
    expect([code, stderr]).toEqual([
      1,
      "example.com/v1/Widget: 1 object not compared: package does not have a CustomResourceDefinition of it\n" +
        "error: package: 3 problems\n",
    ]);
    const json = JSON.parse((await validate(dir, "package", "-o", "json")).stdout);
    expect(json).toMatchObject({
      count: 3,
      warnings: [{ path: "broken.yaml", line: 4, message: "spec.replica: unknown field" }],
      notCompared: [{ type: "example.com/v1/Widget", objects: 1 }],
    });
  });

  it("prints SARIF, with the place of each problem from the current folder", async ({ dir }) => {
    await mkdir(join(dir, "package", "a b"));
    await writeFile(
      join(dir, "package", "a b", "ä.yaml"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ä}\nx: 1\n",
    );
    const { code, stdout } = await validate(dir, "package", "-o", "sarif");
    expect(code).toBe(1);
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe("2.1.0");
    const places = runs[0].results.map(({ level, locations: [{ physicalLocation }] }: SarifResult) => {
      const { artifactLocation, region } = physicalLocation;
      return `${level} ${artifactLocation.uri}:${region.startLine}:${region.startColumn}`;
    });
    expect(places).toEqual([
      expect.stringMatching(/^error package\/broken\.yaml:/),
      "warning package/a%20b/%C3%A4.yaml:4:1",
    ]);
  });

  it("prints paths as they are in the folder itself, if it is the current one", async ({ dir }) => {
    expect((await validate(join(dir, "package"), ".")).stdout).toMatch(/^broken\.yaml:2:1:/);
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

  const POLICY = { name: "names", expression: "object.metadata.name != 'b'", message: "choose another name" };
  const repository = (policies: unknown) =>
    JSON.stringify({ apiVersion: "config.pkg.pkgserver.dev/v1alpha1", kind: "Repository", spec: { policies } });

  it("evaluates the policies of a Repository's manifest, or of a list", async ({ dir }) => {
    await writeFile(join(dir, "package", "broken.yaml"), "");
    await writeFile(join(dir, "repository.yaml"), `a: b\n---\n${repository([POLICY])}`);
    await writeFile(join(dir, "list.yaml"), JSON.stringify([{ ...POLICY, name: "more", severity: "warning" }]));
    const all = await validate(dir, "package", "--policies", "repository.yaml", "--policies", "list.yaml");
    expect(all).toEqual({
      code: 1,
      stdout:
        "package/b.yaml:1:1: policy names: choose another name\n" +
        "package/b.yaml:1:1: policy more: choose another name (warning)\n",
      stderr: "error: package: 1 problem\n",
    });
    const { stdout } = await validate(dir, "package", "--policies", "repository.yaml", "-o", "sarif");
    expect(JSON.parse(stdout).runs[0]).toMatchObject({
      tool: { driver: { rules: [{ id: "policy/names" }] } },
      results: [{ ruleId: "policy/names", level: "error", message: { text: "policy names: choose another name" } }],
    });
  });

  it("says which policy cannot be evaluated, and what is no policy", async ({ dir }) => {
    await writeFile(join(dir, "package", "broken.yaml"), "");
    const withPolicies = async (text: string) => {
      await writeFile(join(dir, "p.yaml"), text);
      return await validate(dir, "package", "--policies", "p.yaml");
    };
    expect(await withPolicies(JSON.stringify([{ name: "a", expression: "objet" }]))).toEqual({
      code: 1,
      stdout: "policy a: expression:1:1: Unknown variable: objet\n",
      stderr: "error: package: 1 problem\n",
    });
    const refused = [
      [repository([{ name: "a" }]), "p.yaml: spec.policies[0].expression: is missing"],
      [repository([{ ...POLICY, expresion: "" }]), "p.yaml: spec.policies[0].expresion: unknown field"],
      [JSON.stringify([POLICY, POLICY]), "p.yaml: two policies are called names"],
      ["a: [\n", "p.yaml:2:1: "],
      ["a: b\n", "p.yaml has no policies"],
    ] as const;
    for (const [text, message] of refused) {
      const { code, stderr } = await withPolicies(text);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    }
    expect((await validate(dir, "package", "--policies", "nothing.yaml")).code).toBe(3);
  });
});
