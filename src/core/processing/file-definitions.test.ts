import { describe, expect, it } from "vitest";
import { fileDefinitions } from "./file-definitions.ts";

const MIB = 1024 * 1024;

function file(cacheKey: string | undefined, size = 0) {
  const text = JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.org", annotations: { comment: "x".repeat(size) } },
    spec: {
      group: "example.org",
      names: { kind: "Widget" },
      versions: [{ name: "v1", served: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const bytes = new TextEncoder().encode(text);
  return { path: "crd.yaml", source: "a/crd.yaml", bytes, ...(cacheKey !== undefined && { cacheKey }) };
}

describe("fileDefinitions", () => {
  it("reads a blob once, with what is compiled of it, and not for another kind of file", () => {
    const read = fileDefinitions(file("one"));
    expect(read).toMatchObject([{ type: "example.org/v1/Widget", isServed: true, compiled: { isCustom: true } }]);
    expect(fileDefinitions({ ...file("one"), path: "other.yaml" })).toBe(read);
    expect(fileDefinitions({ ...file("one"), path: "crd.txt" })).toEqual([]);
    expect(fileDefinitions(file(undefined))).not.toBe(fileDefinitions(file(undefined)));
  });

  it("keeps what was used last, and no more than 8 MiB of files", () => {
    const first = fileDefinitions(file("first", 3 * MIB));
    const second = fileDefinitions(file("second", 3 * MIB));
    expect(fileDefinitions(file("first", 3 * MIB))).toBe(first);
    fileDefinitions(file("third", 3 * MIB));
    expect(fileDefinitions(file("first", 3 * MIB))).toBe(first);
    expect(fileDefinitions(file("second", 3 * MIB))).not.toBe(second);
  });
});
