import { describe, expect, it } from "vitest";
import type { OpenApiSchema } from "../validation/schema/open-api-schema.ts";
import { customSchema } from "../validation/schema/schema-set.ts";
import { mergePackages } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";

const files = (texts: Readonly<Record<string, string>>): FileMap =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)] as const));
const textAt = (merged: FileMap, path: string) => new TextDecoder().decode(merged.get(path));

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  k: "${value}"\n`;

describe("mergePackages", () => {
  it("merges nothing if a side is too large", () => {
    const local = files({ "a.yaml": configMap("a", "1") });
    const sides = { base: local, upstream: files({ "a.yaml": configMap("a", "2"), "b.md": "x".repeat(200) }), local };
    const merged = mergePackages(sides, { limits: { bytes: 200 } });
    expect(merged).toEqual({
      files: local,
      conflicts: [],
      conflictCount: 0,
      failure: { reason: "LimitExceeded", message: "one side of the merge has more than 200 bytes" },
    });
  });

  it("merges nothing if a side has too many documents", () => {
    const local = files({ "a.yaml": configMap("a", "1") });
    const upstream = files({ "a.yaml": `${configMap("a", "1")}---\n${configMap("b", "1")}` });
    const merged = mergePackages({ base: local, upstream, local }, { limits: { documents: 1 } });
    expect(merged.failure).toEqual({
      reason: "LimitExceeded",
      message: "one side of the merge has more than 1 documents",
    });
    expect(mergePackages({ base: local, upstream, local }, { limits: { documents: 2 } }).files).toEqual(upstream);
  });

  it("names the first local changes that a fast-forward would lose", () => {
    const local = files(Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`f${at}`, "x"])));
    const { failure } = mergePackages({ base: files({}), upstream: files({}), local }, { strategy: "fast-forward" });
    const message =
      'the package has local changes in "f0", "f1", "f2", "f3", "f4" and 2 more: use the strategy resource-merge';
    expect(failure).toEqual({ reason: "LocalChanges", message });
  });

  it("sorts conflicts by file", () => {
    const side = (value: string) => files({ "b.yaml": configMap("b", value), "a.yaml": configMap("a", value) });
    const { conflicts } = mergePackages({ base: side("1"), upstream: side("2"), local: side("3") });
    expect(conflicts.map(({ file }) => file)).toEqual(["a.yaml", "b.yaml"]);
  });

  it("takes the keys of lists from the schemas that are given", () => {
    const list: OpenApiSchema = {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["at"],
    };
    const spec: OpenApiSchema = { type: "object", properties: { stops: list } };
    const schema = customSchema({ type: "object", properties: { spec } });
    const line = (one: string, two: string) =>
      `apiVersion: x.example.com/v1\nkind: Line\nmetadata:\n  name: l\nspec:\n  stops:\n` +
      `    - {at: 1, is: ${one}}\n    - {at: 2, is: ${two}}\n`;
    const side = (one: string, two: string) => files({ "l.yaml": line(one, two) });
    const sides = { base: side("a", "b"), upstream: side("A", "b"), local: side("a", "B") };
    expect(mergePackages(sides).conflictCount).toBe(1);
    const schemas = (apiVersion: string, kind: string) =>
      apiVersion === "x.example.com/v1" && kind === "Line" ? schema : undefined;
    const merged = mergePackages(sides, { schemas });
    expect(merged.conflictCount).toBe(0);
    expect(textAt(merged.files, "l.yaml")).toBe(line("A", "B"));
  });

  it("never writes to what it is given", () => {
    const side = (value: string) => files({ "a.yaml": configMap("a", value), "x.md": value });
    const sides = { base: side("1"), upstream: side("2"), local: side("3") };
    mergePackages(sides);
    expect(sides).toEqual({ base: side("1"), upstream: side("2"), local: side("3") });
  });
});
