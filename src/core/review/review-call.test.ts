import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackageFile } from "../files/package-file.ts";
import { sha256Hex } from "../identity/hash.ts";
import { packages } from "../merge/testing/arbitrary-packages.ts";
import { isProcessed } from "../processing/size-limit.ts";
import { seeded } from "../testing/seeded.ts";
import { boundChange } from "./bound-change.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareFiles } from "./file-pairs.ts";
import { reviewCall, reviewPackage } from "./review-call.ts";

type Files = ReadonlyMap<string, Uint8Array>;

function inGit(files: Files): readonly PackageFile[] {
  return [...files].map(([path, bytes]) => ({ path, mode: "100644", oid: sha256Hex(bytes), bytes }) as const);
}

/** What the worker process has anyway. */
function sent(files: Files): Files {
  return new Map([...files].filter(([path]) => isProcessed(path)));
}

describe("reviewPackage", { timeout: 120_000 }, () => {
  it("finds the same as a comparison of all files", () => {
    fc.assert(
      fc.property(packages, ({ base, local }) => {
        const pairs = compareFiles(base, local);
        const expected = boundChange(comparePackages(base, local, pairs), pairs);
        const call = reviewCall(inGit(base), inGit(local), isProcessed);
        expect(reviewPackage(call, sent(local), sent(local))).toEqual(expected);
      }),
      seeded(100),
    );
  });

  it("compares what a render has made of the files", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const configMap = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: ${value}\n`;
    const before = new Map([
      ["a.yaml", bytes(configMap("one"))],
      ["gone.yaml", bytes("a: 1\n")],
    ]);
    const given = new Map([["a.yaml", bytes(configMap("one"))]]);
    const rendered = new Map([["a.yaml", bytes(configMap("two"))]]);
    const changes = reviewPackage(reviewCall(inGit(before), inGit(given), isProcessed), given, rendered);
    expect(changes).toMatchObject({
      summary: "+0 ~1 -0 resources",
      files: [
        { kind: "changed", path: "a.yaml" },
        { kind: "removed", path: "gone.yaml" },
      ],
    });
  });

  it("has no diff of a first revision, which would be all of its files", () => {
    const files = new Map([["README.md", new TextEncoder().encode("x\n")]]);
    const changes = reviewPackage(reviewCall(undefined, inGit(files), isProcessed), sent(files), sent(files));
    expect(changes).toMatchObject({ summary: "1 file", fileCount: 1, undiffedCount: 1 });
    expect(changes).not.toHaveProperty("diff");
  });

  it("compares files that are not shown, and those of large packages, by their objects in Git", () => {
    const link = (oid: string): PackageFile => ({ path: "link", mode: "120000", oid });
    const large = (oid: string): PackageFile => {
      return { path: "large.txt", mode: "100644", oid, bytes: new Uint8Array(9 * 1024 * 1024) };
    };
    const call = reviewCall([link("1"), large("2")], [link("3"), large("4")], isProcessed);
    expect([...call.before]).toEqual([
      ["link", { object: "1" }],
      ["large.txt", { object: "2", size: 9 * 1024 * 1024 }],
    ]);
    const { files } = reviewPackage(call, new Map(), new Map());
    expect(files.map(({ path }) => path)).toEqual(["large.txt", "link"]);
  });
});
