import { describe, expect, it } from "vitest";
import { targetDefinitions } from "./target-definitions.ts";

interface Version {
  readonly name: string;
  readonly served?: boolean;
  readonly type?: string;
}

function file(path: string, publishedAt: number | undefined, ...versions: readonly Version[]) {
  return {
    ...of(path, definition("example.org", "Widget", versions)),
    ...(publishedAt !== undefined && { publishedAt }),
  };
}

function of(path: string, text: string) {
  return { path, source: `edge1/${path}`, bytes: new TextEncoder().encode(text) };
}

function definition(group: string, kind: string, versions: readonly Version[]): string {
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `x.${group}` },
    spec: {
      group,
      names: { kind },
      versions: versions.map(({ name, served = true, type = "integer" }) => {
        const properties = { size: { type } };
        return { name, served, schema: { openAPIV3Schema: { type: "object", properties } } };
      }),
    },
  });
}

/** The type of the field that the schema of the kind has, and the warnings. */
function chosen(files: readonly ReturnType<typeof of>[], apiVersion = "example.org/v1") {
  const { schemas, warnings } = targetDefinitions({ files, isTooMuch: false });
  const { properties } = (schemas(apiVersion, "Widget")?.schema ?? {}) as {
    readonly properties?: { readonly size?: { readonly type?: string } };
  };
  return { type: properties?.size?.type, warnings: warnings().map(({ message }) => message) };
}

const integer = { name: "v1" };
const string = { name: "v1", type: "string" };

describe("targetDefinitions", () => {
  it("name their files, which messages do as well", () => {
    const { schemas } = targetDefinitions({ files: [file("a.yaml", 1, integer)], isTooMuch: false });
    expect(schemas("example.org/v1", "Widget")?.definedIn).toBe('"edge1/a.yaml"');
  });

  it("are custom ones: no definition changes what a cluster has built in", () => {
    const files = [
      file("a.yaml", 1, integer),
      of("b.yaml", definition("apps", "Deployment", [integer])),
      of("c.yaml", "a: ["),
    ];
    const { schemas, warnings } = targetDefinitions({ files, isTooMuch: false });
    expect(schemas("example.org/v1", "Widget")?.isCustom).toBe(true);
    expect(schemas("apps/v1", "Deployment")).toBeUndefined();
    expect(warnings()).toEqual([]);
  });

  it("have the kind as it was published last, whatever the names of the files are", () => {
    for (const [a, b] of [
      ["a.yaml", "z.yaml"],
      ["z.yaml", "a.yaml"],
    ] as const) {
      expect(chosen([file(a, 2, integer), file(b, 1, string)])).toEqual({
        type: "integer",
        warnings: [
          `Widget of example.org/v1 is compared with its definition in "edge1/${a}", which was published last: ` +
            `another one is in "edge1/${b}"`,
        ],
      });
    }
    // Nobody has published the other one.
    expect(chosen([file("a.yaml", 2, integer), file("b.yaml", undefined, string)]).type).toBe("integer");
  });

  it("have the definition with the highest version among those of one time", () => {
    const old = file("a.yaml", 1, integer, { name: "v1beta1" });
    const next = file("b.yaml", 1, string, { name: "v2" });
    const unserved = file("c.yaml", 1, { name: "v1", type: "boolean" }, { name: "v3", served: false });
    expect(chosen([old, next, unserved])).toEqual({
      type: "string",
      warnings: [
        'Widget of example.org/v1 is compared with its definition in "edge1/b.yaml": another one is in ' +
          '"edge1/a.yaml", "edge1/c.yaml"',
      ],
    });
    expect(chosen([file("b.yaml", 1, string), file("a.yaml", 1, integer)]).type).toBe("integer");
  });

  it("have a version as it is served, also from an older definition", () => {
    expect(chosen([file("a.yaml", 1, integer), file("b.yaml", 2, { ...string, served: false })]).type).toBe("integer");
    expect(chosen([file("a.yaml", 1, integer), file("b.yaml", 2, { name: "v2" })])).toEqual({
      type: "integer",
      warnings: [],
    });
  });

  it("warn of nothing where definitions agree, and of no kind that was not asked for", () => {
    expect(chosen([file("a.yaml", 1, integer), file("b.yaml", 2, integer)]).warnings).toEqual([]);
    const { warnings, schemas } = targetDefinitions({
      files: [file("a.yaml", 1, integer), file("b.yaml", 2, string)],
      isTooMuch: false,
    });
    schemas("example.org/v2", "Widget");
    expect(warnings()).toEqual([]);
    schemas("example.org/v1", "Widget");
    schemas("example.org/v1", "Widget");
    expect(warnings()).toHaveLength(1);
  });

  it("name some of many definitions", () => {
    const many = Array.from({ length: 6 }, (_, at) => file(`f${at}.yaml`, at, { name: "v1", type: `t${at}` }));
    expect(chosen(many).warnings[0]).toMatch(
      /: another one is in "edge1\/f4.yaml", "edge1\/f3.yaml", "edge1\/f2.yaml" and 2 more$/,
    );
  });

  it("say that not all files were read", () => {
    const { warnings } = targetDefinitions({ files: [], isTooMuch: true });
    expect(warnings()).toEqual([
      {
        severity: "warning",
        source: "schema",
        message:
          "published packages of the target define kinds that this package may have in more files than are read " +
          "(500, and 4 MiB): its objects are compared with the definitions that were published last",
      },
    ]);
  });
});
