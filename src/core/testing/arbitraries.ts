import fc from "fast-check";
import { filePathProblem } from "../files/file-path.ts";
import type { PackageFile } from "../files/package-file.ts";
import { pathClashes } from "../files/path-tree.ts";
import type { FileMode } from "../files/tree-edit.ts";
import { blobOid } from "../identity/hash.ts";
import type { Layout, PackageLocation } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";

/** An id of an object that does not matter. */
export const SOME_OID: Oid = "0".repeat(40);

/** Any Unicode text, with many line breaks and kinds of white space. */
export const hostileText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("a", ": ", "\n", "\n\n", "\r", "\t", " ", "\u00a0", "\u2028", '"', "\\", "#", "Approved-By: "),
    )
    .map((parts) => parts.join("")),
);

/** A JSON value after a round trip: JSON writes -0 as 0. */
export const jsonValue = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

/** Folder and workspace names in Git: DNS labels, and names that must be folded. */
export const gitPart = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "net-1", "catalog", "page", "v") },
  { weight: 1, arbitrary: fc.constantFrom("1", "12", "A", "a.b", "a_b", "ü", "x--y", "page-2", "page-03") },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 255 }).map((length) => "l".repeat(length)) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9._+=#%-]{1,12}$/) },
);

export const workspace = fc.oneof(gitPart, fc.constantFrom("v1", "v2", "v1.0", "v1.2.3", "v01", "2", "3"));

export const revision = fc.oneof(
  fc.nat(12).map((major) => `v${major}`),
  fc.tuple(fc.nat(3), fc.nat(11), fc.nat(11)).map((parts) => `v${parts.join(".")}`),
  fc.constantFrom("v999999999", "v999999999.0.1", "v20250101123000"),
);

export const layout: fc.Arbitrary<Layout> = fc.record({
  directory: fc.constantFrom("", "packages", "a", "deep/er"),
  deployment: fc.boolean(),
});

/** A location in a repository of this layout. */
export function locationIn({ deployment }: Pick<Layout, "deployment">): fc.Arbitrary<PackageLocation> {
  const realm = fc.array(gitPart, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  return fc
    .record(
      { target: gitPart, realm, package: gitPart },
      { requiredKeys: deployment ? ["target", "package"] : ["package"] },
    )
    .map(({ target, ...rest }) => (deployment && target !== undefined ? { target, ...rest } : rest));
}

/** Valid paths of files, with unusual ones among them. */
export const goodPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "a",
        "b",
        "c.yaml",
        "__proto__",
        "constructor",
        "1",
        "0",
        "-x",
        "--upload-pack=x",
        " ",
        "é",
        "git",
      ),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("/"))
  .filter((path) => filePathProblem(path) === undefined);

/** Contents: text, text with a byte order mark, and bytes that are not text. */
export const bytes = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
  fc.constantFrom("", "\ufeffa: 1\r\n", "kind: A\n", "kind: B\n").map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 40 }),
);

/** Files of a package without clashes. */
export const fileMap: fc.Arbitrary<ReadonlyMap<string, Uint8Array>> = fc
  .array(fc.tuple(goodPath, bytes), { maxLength: 8 })
  .map((entries) => {
    const files = new Map<string, Uint8Array>();
    for (const [path, content] of entries) {
      if (files.has(path) || pathClashes([...files.keys(), path]).length === 0) files.set(path, content);
    }
    return files;
  });

/** The files of a map as `PackageFile`s. */
export function asPackageFiles(
  files: ReadonlyMap<string, Uint8Array>,
  mode: FileMode = "100644",
): readonly PackageFile[] {
  return [...files].map(([path, content]) => ({ path, mode, oid: blobOid(content, "sha1"), bytes: content }));
}
