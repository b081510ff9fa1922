import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SOME_OID } from "../testing/arbitraries.ts";
import { executablesNotListed, listExecutables, MAX_EXECUTABLES } from "./executables.ts";
import type { PackageFile } from "./package-file.ts";

const bytes = new Uint8Array();
const file = (path: string, mode: PackageFile["mode"] = "100755"): PackageFile => ({
  path,
  mode,
  oid: SOME_OID,
  bytes,
});
const files = (count: number, folder = "") => Array.from({ length: count }, (_, at) => file(`${folder}f${at}`));

describe("the executable files of a package", () => {
  it("are listed each, without links, submodules and files that are not shown", () => {
    const { bytes: _, ...hidden } = file("hidden.sh");
    const { bytes: __, ...link } = file("link", "120000");
    const all = [file("bin/run"), file("a.yaml", "100644"), hidden, link];
    expect(listExecutables(all)).toEqual({ count: 1, listed: ["bin/run"], isComplete: true });
    expect(executablesNotListed(all)).toBeUndefined();
  });

  it("are none", () => {
    expect(listExecutables([file("a.yaml", "100644")])).toEqual({ count: 0, listed: [], isComplete: true });
  });

  it("are listed by folder where they are too many, and a folder has no other files", () => {
    const many = [...files(200, "bin/deep/"), ...files(200, "tools/"), file("tools/a.yaml", "100644"), file("x/run")];
    const { listed, isComplete, count } = listExecutables(many);
    expect([count, isComplete, listed.length]).toEqual([401, true, 202]);
    expect(listed).toContain("bin/");
    expect(listed).toContain("x/");
    expect(listed).toContain("tools/f0");
  });

  it("are one entry where every file of a large tree is executable", () => {
    const all = [...files(5000), ...files(5000, "a/b/")];
    expect(listExecutables(all)).toEqual({ count: 10_000, listed: ["./"], isComplete: true });
  });

  it("are not proposed where they are too many to be told from others", () => {
    const mixed = [...files(MAX_EXECUTABLES + 1), file("a.yaml", "100644")];
    expect(listExecutables(mixed).listed.length).toBeLessThanOrEqual(MAX_EXECUTABLES);
    expect(executablesNotListed(mixed)?.reason).toBe("FilesNotListed");
    expect(executablesNotListed(mixed)?.message).toMatch(/^251 files are executable, and status\.executableFiles of/);
  });

  it("can be told from the list for every shown file, unless the package is not proposed", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "c".repeat(200), "d"), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("/"));
    const one = fc.tuple(path, fc.nat(400), fc.constantFrom("100755", "100755", "100644" as const));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 400, size: "max" }), (entries) => {
        const modes = new Map(
          entries.map(([folder, name, mode]) => [`${folder}/${name}.x`, mode as PackageFile["mode"]]),
        );
        const all = [...modes].map(([at, mode]) => file(at, mode));
        const { listed, isComplete } = listExecutables(all);
        const isListed = (at: string) =>
          listed.some((entry) => entry === at || entry === "./" || (entry.endsWith("/") && at.startsWith(entry)));
        expect(executablesNotListed(all) === undefined).toBe(isComplete);
        for (const [at, mode] of modes) {
          if (isListed(at)) expect(mode).toBe("100755");
          else if (isComplete) expect(mode).toBe("100644");
        }
      }),
    );
  });
});
