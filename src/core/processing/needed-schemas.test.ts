import { describe, expect, it } from "vitest";
import type { ProcessCall } from "./process-package.ts";
import { processPackage } from "./process-package.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function definition(type: string): string {
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.org" },
    spec: {
      group: "example.org",
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
}

const needed = (isAmbiguous: boolean, type = "integer", kinds = ["example.org/Widget"]) => {
  const file = { path: "crd.yaml", source: "catalog/widgets@v1", bytes: encode(definition(type)), kinds, isAmbiguous };
  return { files: [file], unread: [], isTooMuch: false };
};
const DOCUMENT = {
  apiVersion: "example.org/v1",
  digest: "needed-schemas",
  text: JSON.stringify({
    kinds: { Widget: "Widget" },
    definitions: {
      Widget: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "boolean" } } } } },
    },
  }),
};

/** The results of a Widget whose size is a text, and the apiVersions that are not certain. */
async function validate(
  outside: Partial<NonNullable<ProcessCall["outside"]>>,
  documents: NonNullable<ProcessCall["documents"]> = [],
) {
  const widget = 'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: "1", more: 1}\n';
  const { validation, results } = await processPackage({
    files: new Map([["w.yaml", encode(widget)]]),
    others: new Set(),
    documents,
    outside: { published: [], cluster: [], advice: "", ...outside },
    settings: { isKept: false, inputs: [], policies: [], facts: {}, isBlueprint: false, schemaSeverity: "error" },
  });
  const said = results.map(({ severity, source, message }) => `${severity} ${source} ${message}`);
  return { said, groups: validation?.unknownGroups };
}

const of = (place: string) => ({
  wrong: `schema spec.size: must be integer, and is string (definition: ${place})`,
  unknown: `warning unknown-field spec.more: unknown field (definition: ${place})`,
});

describe("the definitions of packages that a package needs", () => {
  it("count before those of the cluster, and messages name them", async () => {
    const { wrong, unknown } = of('"crd.yaml" of "catalog/widgets@v1"');
    const found = { said: [`error ${wrong}`, unknown], groups: [] };
    expect(await validate({ needed: needed(false) })).toEqual(found);
    expect(await validate({ needed: needed(false) }, [DOCUMENT])).toEqual(found);
  });

  it("count after those that the target has", async () => {
    const published = { path: "crds/crd.yaml", source: "edge1/crds/crd.yaml", bytes: encode(definition("boolean")) };
    const definitions = { files: [published], isTooMuch: false };
    const { said } = await validate({ needed: needed(false), definitions });
    expect(said[0]).toContain('must be boolean, and is string (definition: "edge1/crds/crd.yaml")');
  });

  it("only warn, and count after the cluster's, where a person decides which package it will be", async () => {
    const { wrong, unknown } = of('"crd.yaml" of "catalog/widgets@v1", which is one of several packages that have it');
    expect(await validate({ needed: needed(true) })).toEqual({
      said: [`warning ${wrong}`, unknown],
      groups: ["example.org/v1"],
    });
    const { said } = await validate({ needed: needed(true) }, [DOCUMENT]);
    expect(said[0]).toBe("error schema spec.size: must be boolean, and is string");
  });

  it("are those of the kinds that are needed of the file, and no others", async () => {
    const { said, groups } = await validate({ needed: needed(false, "integer", ["example.org/Other"]) });
    expect([said, groups]).toEqual([[], ["example.org/v1"]]);
  });

  it("that could not be read are named", async () => {
    const unread = [{ path: "crd.yaml", source: "catalog/widgets@v1" }];
    const { said } = await validate({ needed: { files: [], unread, isTooMuch: true } });
    expect(said).toEqual([
      'warning schema "crd.yaml" of "catalog/widgets@v1" could not be read: no object is compared with the definitions in it',
      expect.stringMatching(
        /^warning schema the packages that this one needs define its kinds in more or larger files/,
      ),
    ]);
  });
});
