import { describe, expect, it } from "vitest";
import { unreadFiles, unreadResults } from "./unread-files.ts";

const bytes = new Uint8Array(1);

describe("unreadFiles", () => {
  it("are YAML files that are not shown, links among them, and no folders of other repositories", () => {
    const files = [
      { path: "shown.yaml", mode: "100644", bytes },
      { path: "large.yaml", mode: "100644" },
      { path: "link.yml", mode: "120000" },
      { path: "module.yaml", mode: "160000" },
      { path: "large.bin", mode: "100644" },
    ] as const;
    expect(unreadFiles(files)).toEqual(["large.yaml", "link.yml"]);
  });
});

describe("unreadResults", () => {
  it("keep a package from being proposed where policies would be evaded", () => {
    const policy = { name: "no-admins", expression: "true" };
    expect(unreadResults(["a.yaml"], [policy])).toMatchObject([
      { severity: "error", path: "a.yaml", message: expect.stringContaining("none of the Repository's policies") },
    ]);
    for (const policies of [[], [{ ...policy, severity: "warning" as const }]])
      expect(unreadResults(["a.yaml"], policies)).toMatchObject([{ severity: "warning", path: "a.yaml" }]);
  });
});
