import { describe, expect, it } from "vitest";
import { yamlCheck } from "./yaml.ts";

describe("yamlCheck", () => {
  it.each(["a.yaml", "a/b.yml", "Kptfile", "a/Kptfile", "Kustomization", ".yaml"])("applies to %s", (path) =>
    expect(yamlCheck.applies(path)).toBe(true),
  );
  it.each(["a.json", "README.md", "a.yaml.tmpl", "yaml", "MyKptfile", "Kptfile/a", "a.YAML"])(
    "does not apply to %s",
    (path) => expect(yamlCheck.applies(path)).toBe(false),
  );
});
