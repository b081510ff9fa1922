import { describe, expect, it } from "vitest";
import { ExcludedFiles } from "./ignore-file.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const excludedBy = (rules: Readonly<Record<string, string>>, paths: readonly string[]) => {
  const excluded = new ExcludedFiles(Object.entries(rules).map(([path, text]) => ({ path, bytes: encode(text) })));
  return paths.filter((path) => excluded.has(path));
};

/** A test of Git's storage compares it with Git itself, pattern by pattern. */
describe("ExcludedFiles", () => {
  it.each<[string, readonly string[]]>([
    ["templates/", ["chart/templates/a.yaml", "templates/a.yaml"]],
    ["/templates", ["templates/a.yaml"]],
    ["chart/**", ["chart/templates/a.yaml", "chart/values.yaml"]],
    ["*.yaml\n!values.yaml", ["a.yaml", "chart/templates/a.yaml", "templates/a.yaml"]],
    ["chart/\n!chart/values.yaml", ["chart/templates/a.yaml", "chart/values.yaml"]],
    ["# a.yaml\n\n", []],
    ["[a-", []],
    ["\\", []],
  ])("reads %j as Git does", (text, expected) => {
    const paths = ["a.yaml", "chart/templates/a.yaml", "chart/values.yaml", "templates/a.yaml"];
    expect(excludedBy({ ".krmignore": text }, paths)).toEqual(expected);
  });

  it("reads the files of inner folders before those of outer ones, relative to their folders", () => {
    const rules = { ".krmignore": "*.yaml", "chart/.krmignore": "!values.yaml\n/templates/" };
    expect(
      excludedBy(rules, ["chart/values.yaml", "chart/x.yaml", "chart/templates/a.txt", "templates/a.txt"]),
    ).toEqual(["chart/x.yaml", "chart/templates/a.txt"]);
  });

  it("excludes nothing without an ignore file, or with one that is not shown", () => {
    expect(excludedBy({ "a.yaml": "*" }, ["a.yaml"])).toEqual([]);
    expect(new ExcludedFiles([{ path: ".krmignore" }]).has("a.yaml")).toBe(false);
  });

  it("does not read a part of a pattern where the file is too large", () => {
    expect(excludedBy({ ".krmignore": `${"#".repeat(16 * 1024 - 2)}\n*.txt` }, ["a", "a.txt"])).toEqual([]);
  });

  it("takes linear time, whatever the patterns and names are", () => {
    const hostile = `${"*a".repeat(30)}b\n`.repeat(100) + `${"**/".repeat(30)}b\n`.repeat(100);
    const paths = Array.from({ length: 20_000 }, (_, at) => `${"a".repeat(200)}/${"a/".repeat(20)}${at}`);
    const started = performance.now();
    expect(excludedBy({ ".krmignore": hostile }, paths).length).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
