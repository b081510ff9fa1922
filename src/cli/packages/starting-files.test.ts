import { describe, expect, it } from "vitest";
import { render } from "../../core/render/render.ts";
import { validatePackage } from "../../core/validation/validate-package.ts";
import { checkYaml } from "../../core/validation/yaml/check-yaml.ts";
import { startingFiles } from "./starting-files.ts";

const INPUT = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings" },
  data: { environment: "production" },
};

describe("startingFiles", () => {
  it("of kpt are rendered as they are, and follow their setters", async () => {
    const files = startingFiles("kpt", "shop");
    const { failure, functions, changed } = await render(files);
    expect([failure, functions.length, changed.size]).toEqual([undefined, 1, 0]);
    const setters = files.get("setters.yaml")?.replace("staging", "production") ?? "";
    const again = await render(new Map([...files, ["setters.yaml", setters]]));
    expect(again.changed.get("app.yaml")).toContain("environment: production # kpt-set");
  });

  it("of kform follow their inputs", async () => {
    const files = startingFiles("kform", "shop");
    const first = await render(files);
    expect([first.failure, first.results, [...first.changed.keys()]]).toEqual([
      undefined,
      [],
      ["out/v1.ConfigMap..shop-staging.yaml"],
    ]);
    const { changed } = await render(files, { inputs: [{ object: INPUT, source: "spec.inputs[0]" }] });
    expect(changed.get("out/v1.ConfigMap..shop-production.yaml")).toMatch(
      /^# Rendered from app.yaml \(kform\): changes here are lost.\n# A render writes this object to the folder out\. .*\napiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: "shop-production"\ndata:\n {2}environment: production\n$/,
    );
  });

  it.each(["kpt", "kform"] as const)("of %s are valid, before and after a render", async (kind) => {
    const files = startingFiles(kind, "shop");
    const encoder = new TextEncoder();
    for (const all of [files, new Map([...files, ...(await render(files)).changed])]) {
      const bytes = [...all].map(([path, text]) => [path, encoder.encode(text)] as const);
      expect(validatePackage(bytes)).toMatchObject({ count: 0, warningCount: 0, unreadable: [] });
    }
  });

  it.each(["kpt", "kform"] as const)("of %s have no object of one name, nor one of another package's", async (kind) => {
    const idsOf = async (name: string) => {
      const files = startingFiles(kind, name);
      const all = new Map([...files, ...(await render(files)).changed]);
      const isManifest = ([path]: readonly [string, string]) => path.endsWith(".yaml");
      return [...all].filter(isManifest).flatMap(([, text]) => {
        const { resources = [] } = checkYaml(new TextEncoder().encode(text));
        return resources.map(({ id }) => id);
      });
    };
    const ids = [...(await idsOf("shop")), ...(await idsOf("cache"))];
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("take no name that is none of an object", () => {
    expect(startingFiles("kpt", "My_Shop").get("app.yaml")).toContain("  name: app\n");
  });
});
