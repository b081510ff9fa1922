import { describe, expect, it } from "vitest";
import type { PackageFile } from "./package-file.ts";
import { treeChanges } from "./tree-changes.ts";

const file = (path: string, text: string, mode: PackageFile["mode"] = "100644"): PackageFile => ({
  path,
  mode,
  oid: `oid of ${text}`,
  bytes: new TextEncoder().encode(text),
});
const submodule = (oid: string): PackageFile => ({ path: "sub", mode: "160000", oid });

describe("treeChanges", () => {
  it("is empty for equal packages", () => {
    const files = [file("a", "1"), file("link", "a", "120000"), submodule("c1")];
    expect(treeChanges("dns", files, files)).toEqual([]);
  });

  it("removes what is gone first, and puts what is new, or has other bytes or another mode", () => {
    const before = [file("a", "1"), file("d", "x"), file("e", "1"), submodule("c1"), file("kept", "1")];
    const after = [file("a", "2"), file("d/f", "x"), file("e", "1", "100755"), submodule("c2"), file("kept", "1")];
    expect(treeChanges("dns", before, after)).toEqual([
      { kind: "remove", path: "dns/d" },
      { kind: "putFile", path: "dns/a", mode: "100644", bytes: new TextEncoder().encode("2") },
      { kind: "putFile", path: "dns/d/f", mode: "100644", bytes: new TextEncoder().encode("x") },
      { kind: "putFile", path: "dns/e", mode: "100755", bytes: new TextEncoder().encode("1") },
      { kind: "putObject", path: "dns/sub", mode: "160000", oid: "c2" },
    ]);
  });
});
