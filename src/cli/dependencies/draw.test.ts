import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  catalogOf,
  definition,
  dependency,
  resource,
  testRevision,
} from "../../core/dependencies/testing/revisions.ts";
import { createStyle } from "../output/style.ts";
import { drawDependents, findDependents } from "./dependents.ts";
import { drawDependencies, listMissing } from "./draw-dependencies.ts";
import { toDot, toMermaid } from "./draw-graph.ts";

const plain = createStyle(new Writable(), {});
const role =
  "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: one}\n" +
  'rules: [{apiGroups: ["b.io"], resources: [bs], verbs: [get]}]\n';

const catalog = catalogOf(
  testRevision("catalog/a@v1", { "needs.yaml": dependency("catalog/b"), "crd.yaml": definition("a.io", "A", "v1") }),
  testRevision("catalog/b@v1", { "a.yaml": resource("a.io/v1", "A"), "crd.yaml": definition("b.io", "B", "v1") }),
  testRevision("catalog/copy/b@v1", { "crd.yaml": definition("b.io", "B", "v1"), "x.yaml": resource("v1", "Pod") }),
);
const app = testRevision("edge1/app@v1", { "b.yaml": resource("b.io/v1", "B"), "a.yaml": dependency("catalog/a") });

describe("drawDependencies", () => {
  it("draws each package once, with other ones that fit, and circles with their files", () => {
    expect(drawDependencies(catalog.resolve(app), plain)).toEqual([
      "edge1/app@v1",
      "├─ catalog/b@v1  to add to edge1 (or catalog/copy/b)  B (b.yaml)",
      "│  └─ catalog/a@v1  to add to edge1  A (a.yaml)",
      "│     └─ catalog/b@v1  to add to edge1 (or catalog/copy/b)  PackageDependency (needs.yaml)  (see above)",
      "└─ catalog/a@v1  to add to edge1  PackageDependency (a.yaml)  (see above)",
      "error: a circle: catalog/b@v1 (a.yaml) → catalog/a@v1 (needs.yaml) → catalog/b@v1",
    ]);
  });

  it("says what only roles name", () => {
    const root = testRevision("catalog/app@v1", { "role.yaml": role });
    expect(drawDependencies(catalog.resolve(root), plain)[1]).toBe(
      "└─ catalog/b@v1 (or catalog/copy/b)  roles for B (role.yaml)",
    );
  });

  it("lists what is missing, with the packages that need it", () => {
    expect(listMissing(catalog.resolve(app), plain)).toEqual([
      "add to edge1: catalog/b@v1 (or catalog/copy/b), needed by edge1/app@v1, catalog/a@v1",
      "add to edge1: catalog/a@v1, needed by edge1/app@v1, catalog/b@v1",
      "error: a circle: catalog/b@v1 (a.yaml) → catalog/a@v1 (needs.yaml) → catalog/b@v1",
    ]);
  });
});

describe("drawDependents", () => {
  it("ends in a circle", () => {
    const [, b] = catalog.latest();
    expect(b?.name).toBe("catalog/b@v1");
    expect(b && drawDependents(findDependents(catalog, b))).toEqual([
      "catalog/b@v1",
      "└─ catalog/a@v1  PackageDependency (needs.yaml)",
      "   └─ catalog/b@v1  A (a.yaml)",
    ]);
  });
});

describe("graphs", () => {
  const graph = {
    nodes: new Map([["x", { label: 'a "b"\n<c> \\', isDashed: true }]]),
    edges: [{ from: "x", to: "x", label: "#1", isDashed: false }],
  };

  it("quote names for Graphviz", () => {
    expect(toDot(graph).slice(3)).toEqual([
      '  "x" [label="a \\"b\\" <c> \\\\", style=dashed];',
      '  "x" -> "x" [label="#1"];',
      "}",
    ]);
  });

  it("quote names for Mermaid", () => {
    expect(toMermaid(graph).slice(1)).toEqual(['  n0(["a #34;b#34; #60;c#62; \\"])', '  n0 -->|"#35;1"| n0']);
  });
});
