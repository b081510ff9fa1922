import { describe, expect, it } from "vitest";
import { aFolder } from "../../testing/folders.ts";
import type { FileReport } from "../file-report.ts";
import { TargetInventory } from "./inventory.ts";
import { DUPLICATE_RESOURCE, NOT_A_RESOURCE, type PublishedTarget, withTargetProblems } from "./target-problems.ts";

const FINE = { problems: [], count: 0 } as const;

/** A report of files with one resource each. */
function reportOf(files: Readonly<Record<string, string>>, more: Partial<FileReport> = {}): FileReport {
  const resources = Object.entries(files).map(([path, id]) => ({ path, id, line: 2, column: 3 }));
  return { ...FINE, resources, ...more };
}

/** A target that has been published with these resources, by file. */
function targetOf(files: Readonly<Record<string, string>>): PublishedTarget {
  const inventory = new TargetInventory();
  for (const [path, id] of Object.entries(files)) inventory.set(path, [id]);
  return { path: "fleet/edge1", folder: aFolder(files), inventory };
}

const problemsOf = (report: FileReport, target: PublishedTarget, nested: readonly string[] = []) =>
  withTargetProblems({ path: "web/shop", nested, report }, target).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
const also = (path: string) => `ConfigMap a is also in ${path}: nothing of the target can be built`;

describe("withTargetProblems", () => {
  it("reports a resource that another package of the target has", () => {
    const target = targetOf({ "db/a.yaml": "ConfigMap a", "db/b.yaml": "ConfigMap b" });
    const report = withTargetProblems(
      { path: "web/shop", nested: [], report: reportOf({ "x/y.yaml": "ConfigMap a" }) },
      target,
    );
    expect(report).toMatchObject({
      problems: [{ path: "x/y.yaml", line: 2, column: 3, message: also("fleet/edge1/db/a.yaml") }],
      count: 1,
      reason: DUPLICATE_RESOURCE,
    });
  });

  it("does not compare a package with its own earlier revision, but with the packages below it", () => {
    const target = targetOf({ "web/shop/a.yaml": "ConfigMap a" });
    expect(problemsOf(reportOf({ "b.yaml": "ConfigMap a" }), target)).toEqual([]);
    const below = targetOf({ "web/shop/theme/a.yaml": "ConfigMap a" });
    expect(problemsOf(reportOf({ "b.yaml": "ConfigMap a" }), below)).toEqual([]);
    expect(problemsOf(reportOf({ "b.yaml": "ConfigMap a" }), below, ["web/shop/theme"])).toEqual([
      `b.yaml: ${also("fleet/edge1/web/shop/theme/a.yaml")}`,
    ]);
    const beside = targetOf({ "web/shop2/a.yaml": "ConfigMap a" });
    expect(problemsOf(reportOf({ "b.yaml": "ConfigMap a" }), beside)).toHaveLength(1);
  });

  it("reports a resource that the package itself has twice", () => {
    const report = reportOf({ "a.yaml": "ConfigMap a", "b.yaml": "ConfigMap a", "c.yaml": "ConfigMap c" });
    expect(problemsOf(report, targetOf({}))).toEqual([`b.yaml: ${also("fleet/edge1/web/shop/a.yaml")}`]);
  });

  it("reports documents that are no objects, where they are built", () => {
    const notResources = ["values.yaml", "sub/values.yaml", "Kptfile"].map((path) => ({ path, line: 1, column: 1 }));
    const report = reportOf({ "a.yaml": "ConfigMap a" }, { notResources, kustomizations: ["sub/kustomization.yml"] });
    const found = withTargetProblems({ path: "web/shop", nested: [], report }, targetOf({ "b.yaml": "ConfigMap a" }));
    expect(found).toMatchObject({ count: 2, reason: NOT_A_RESOURCE });
    expect(found.problems.map(({ path }) => path)).toEqual(["values.yaml", "a.yaml"]);
    expect(found.problems[0]?.message).toContain("no Kubernetes object");
  });

  it("does not compare what is not built, or what a kustomization file governs", () => {
    const target = targetOf({ "db/a.yaml": "ConfigMap a" });
    expect(problemsOf(reportOf({ Kptfile: "ConfigMap a" }), target)).toEqual([]);
    const files = { "a.yaml": "ConfigMap a", "sub/b.yaml": "ConfigMap a" };
    expect(problemsOf(reportOf(files, { kustomizations: ["sub/Kustomization"] }), target)).toEqual([
      `a.yaml: ${also("fleet/edge1/db/a.yaml")}`,
    ]);
    expect(problemsOf(reportOf(files, { kustomizations: ["kustomization.yaml"] }), target)).toEqual([]);
    const governed = { ...target, folder: aFolder({ "db/a.yaml": "ConfigMap a", "web/kustomization.yaml": "k" }) };
    expect(problemsOf(reportOf(files), governed)).toEqual([]);
  });

  it("keeps the problems of the files and their reason, and is the same report without duplicates", () => {
    const invalid = { path: "z.yaml", line: 1, column: 1, message: "wrong" };
    const report = reportOf({ "a.yaml": "ConfigMap a" }, { problems: [invalid], count: 1, reason: "InvalidYAML" });
    const found = withTargetProblems(
      { path: "web/shop", nested: [], report },
      targetOf({ "db/a.yaml": "ConfigMap a" }),
    );
    expect(found).toMatchObject({ problems: [invalid, { path: "a.yaml" }], count: 2, reason: "InvalidYAML" });
    expect(withTargetProblems({ path: "web/shop", nested: [], report }, targetOf({}))).toBe(report);
  });

  it("has messages that the schema takes, whatever the names are", () => {
    const id = `${"K".repeat(63)}.${"g".repeat(253)} ${"n".repeat(253)}/${"m".repeat(253)}`;
    const [problem] = problemsOf(reportOf({ "a.yaml": id }), targetOf({ [`${"\u{1f600}/".repeat(500)}a.yaml`]: id }));
    expect(problem?.length).toBeLessThanOrEqual("a.yaml: ".length + 256);
    expect(problem?.isWellFormed()).toBe(true);
  });
});

describe("TargetInventory", () => {
  it("returns the resources that came or went, and forgets those that no file has", () => {
    const inventory = new TargetInventory();
    expect(inventory.set("a", ["1", "2"])).toEqual(["1", "2"]);
    expect(inventory.set("b", ["2"])).toEqual(["2"]);
    expect([...inventory.filesWith("2")]).toEqual(["a", "b"]);
    expect(inventory.set("a", ["2", "3"])).toEqual(["1", "3"]);
    expect([...inventory.filesWith("1")]).toEqual([]);
    expect(inventory.set("a", [])).toEqual(["2", "3"]);
    expect([...inventory.filesWith("2")]).toEqual(["b"]);
  });
});
