import { describe, expect, it } from "vitest";
import { publishedObjects } from "./outside-objects.ts";

const file = (path: string, text: string) => ({ path, source: `edge1/${path}`, bytes: new TextEncoder().encode(text) });
const object = (name: string, more = "") => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;
const MARKER = "# Rendered from app.yaml (kform): changes here are lost.\n";
const found = (...files: readonly ReturnType<typeof file>[]) =>
  publishedObjects(files).map(({ object: { metadata }, source }) => [source, (metadata as { name: string }).name]);

describe("publishedObjects", () => {
  it("has what a render has made before what else there is", () => {
    expect(
      found(
        file("app/a.yaml", object("a")),
        file("app/out/v1.ConfigMap..a.yaml", MARKER + object("a")),
        file("app/out/b.yaml", object("b")),
        file(
          "app/list.yaml",
          `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n`,
        ),
      ),
    ).toEqual([
      ["edge1/app/out/v1.ConfigMap..a.yaml", "a"],
      ["edge1/app/a.yaml", "a"],
      ["edge1/app/list.yaml", "c"],
      ["edge1/app/out/b.yaml", "b"],
    ]);
  });

  it("has no blocks, and nothing of a file that is no YAML", () => {
    const block = object("block", "  annotations:\n    kform.dev/block-type: data\n");
    expect(found(file("app/a.yaml", `${block}---\n${object("b")}`), file("app/c.yaml", "a: [\n"))).toEqual([
      ["edge1/app/a.yaml", "b"],
    ]);
  });
});
