import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPackageFiles, bytes, fileMap, SOME_OID } from "../testing/arbitraries.ts";
import {
  contentDigest,
  decode,
  hiddenReason,
  jsonSize,
  MAX_SHOWN,
  type PackageFile,
  sameBytes,
  showFiles,
} from "./package-file.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const file = (path: string, content: Uint8Array): PackageFile => ({
  path,
  mode: "100644",
  oid: SOME_OID,
  bytes: content,
});

const special = fc.constantFrom(
  "<",
  ">",
  "&",
  '"',
  "\\",
  "\0",
  "\b",
  "\v",
  "\f",
  "\x7f",
  "é",
  "\u2028",
  "\u2029",
  "€",
  "😀",
  "\ud83d",
  "\ude00",
);
const anyText = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: special }));

describe("showFiles", () => {
  it.each([
    [{ path: "a", mode: "100644" }, undefined],
    [{ path: "a", mode: "100755", size: MAX_SHOWN }, undefined],
    [{ path: "a", mode: "100644", size: MAX_SHOWN + 1 }, "TooLarge"],
    [{ path: "a", mode: "120000" }, "Symlink"],
    [{ path: "a", mode: "160000" }, "Submodule"],
    [{ path: ".gitmodules", mode: "100644" }, "UnusualName"],
    [{ path: "a\\b", mode: "100644" }, "UnusualName"],
  ] as const)("says of %j: hidden for %s", (one, reason) => {
    expect(hiddenReason(one)).toBe(reason);
  });

  it.each([
    ["text", utf8("a: 1\r\n"), "text", "a: 1\r\n"],
    ["a byte order mark", utf8("\ufeffa"), "text", "\ufeffa"],
    ["an empty file", utf8(""), "text", ""],
    ["a NUL", utf8("a\0"), "base64", "YQA="],
    ["what is not UTF-8", Uint8Array.of(0xff), "base64", "/w=="],
    ["a surrogate in UTF-8", Uint8Array.of(0xed, 0xa0, 0x80), "base64", "7aCA"],
  ] as const)("shows %s", (_, content, encoding, value) => {
    expect(showFiles([file("a", content)]).shown).toEqual([{ path: "a", encoding, value }]);
  });

  it("lists files that it does not show, with the reason", () => {
    const link: PackageFile = { path: "link", mode: "120000", oid: SOME_OID, bytes: utf8("/etc/passwd") };
    const module: PackageFile = { path: "sub", mode: "160000", oid: SOME_OID };
    const plain = file("a", utf8("x"));
    // Each control character becomes six characters of JSON.
    const wide = file("wide", new Uint8Array(MAX_SHOWN / 4).fill(1));
    expect(showFiles([link, module, plain, wide])).toEqual({
      shown: [{ path: "a", encoding: "text", value: "x" }],
      hidden: [
        { path: "link", reason: "Symlink", object: SOME_OID, size: 11 },
        { path: "sub", reason: "Submodule", object: SOME_OID },
        { path: "wide", reason: "TooLarge", object: SOME_OID, size: MAX_SHOWN / 4 },
      ],
      files: [
        { path: "link", mode: "120000", oid: SOME_OID, size: 11 },
        module,
        plain,
        { path: "wide", mode: "100644", oid: SOME_OID, size: MAX_SHOWN / 4 },
      ],
      size: '"a":"x",'.length,
    });
  });

  it("shows a file whose JSON has just the limit, and no larger one", () => {
    const [fits, large] = [6, 5].map((rest) => file("a", utf8("x".repeat(MAX_SHOWN - rest - 1))));
    expect(showFiles([fits as PackageFile])).toMatchObject({ shown: [{ path: "a" }], hidden: [], size: MAX_SHOWN });
    expect(showFiles([large as PackageFile])).toMatchObject({ shown: [], hidden: [{ reason: "TooLarge" }], size: 0 });
  });

  it("tells files apart whose names are not UTF-8, and shows the bytes", () => {
    const unread = (path: string): PackageFile => ({ path, mode: "100644", oid: SOME_OID, size: 7 });
    const [one, other] = [[unread("a\udcf6")], [unread("a\udcff")]];
    const note = { path: "a\ufffd", reason: "UnusualName", object: SOME_OID, size: 7 };
    expect(showFiles(one).hidden).toStrictEqual([{ ...note, pathBytes: "YfY=" }]);
    expect(showFiles(other).hidden).toStrictEqual([{ ...note, pathBytes: "Yf8=" }]);
    const digests = [one, other, [unread("a\ufffd")]].map((files) => contentDigest(showFiles(files).files));
    expect(new Set(digests).size).toBe(3);
  });

  it("shows a file whose name has U+FFFD", () => {
    expect(showFiles([file("a\ufffd", utf8("x"))])).toMatchObject({ shown: [{ path: "a\ufffd" }], hidden: [] });
  });

  it("cuts long names of files that it does not show", () => {
    const long = { path: "x".repeat(5000), mode: "120000", oid: SOME_OID } as const;
    expect(showFiles([long]).hidden).toMatchObject([{ path: "x".repeat(4096) }]);
  });

  it("shows every file byte for byte", () => {
    fc.assert(
      fc.property(bytes, (content) => {
        const [shown] = showFiles([file("a", content)]).shown;
        expect(shown && decode(shown)).toEqual(content);
      }),
    );
  });

  it.each([
    [{ encoding: "text", value: "\ud800" }, { problem: "is not valid Unicode text" }],
    [{ encoding: "base64", value: "a" }, { problem: "is not valid base64" }],
    [{ encoding: "base64", value: "ü" }, { problem: "is not valid base64" }],
  ] as const)("cannot read %j", (shown, problem) => {
    expect(decode({ path: "a", ...shown })).toEqual(problem);
  });

  it.each([
    ["\x7f", 1],
    ["\x80", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
    ["\ud7ff", 3],
    ["\ue000", 3],
    ["\ud800\udc00", 4],
    ["\udbff\udfff", 4],
    ["\udc00\udc00", 12],
    ["\ud800a", 7],
    ["\ud800\ue000", 9],
    ["\udfff", 6],
  ])("measures %j as %i bytes", (value, size) => {
    expect(jsonSize({ path: "", encoding: "text", value })).toBe(size + 6);
  });

  it("measures the bytes that a file adds to the JSON of an object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyText, { minKeys: 1 }), (resources) => {
        const sizes = Object.entries(resources).map(([path, value]) => jsonSize({ path, encoding: "text", value }));
        const total = sizes.reduce((sum, size) => sum + size, 0);
        // As Go serializes it; `{`, `}`, and no comma after the last.
        const stored = JSON.stringify(resources).replace(/[<>&\u2028\u2029]/g, "\\u0000");
        expect(utf8(stored).length).toBe(total + 1);
      }),
      { examples: [[{ a: "<\u2028>\u2029&é" }]] },
    );
  });
});

describe("contentDigest", () => {
  const differ = (a: readonly PackageFile[], b: readonly PackageFile[]) => contentDigest(a) !== contentDigest(b);

  it("does not depend on the order of files", () => {
    fc.assert(
      fc.property(fileMap, (files) => {
        expect(contentDigest(asPackageFiles(files).toReversed())).toBe(contentDigest(asPackageFiles(files)));
      }),
    );
  });

  it("is equal only for equal files", () => {
    const sorted = (files: ReadonlyMap<string, Uint8Array>) =>
      JSON.stringify([...files].map(([path, content]) => [path, Buffer.from(content).toString("hex")]).sort());
    fc.assert(
      fc.property(fileMap, fileMap, (a, b) => {
        expect(differ(asPackageFiles(a), asPackageFiles(b))).toBe(sorted(a) !== sorted(b));
      }),
    );
  });

  it("differs for different paths, modes, bytes, and objects that are not shown", () => {
    const [a, b] = [file("a", utf8("x")), file("b", utf8("x"))];
    expect(differ([a], [b])).toBe(true);
    expect(differ([a], [{ ...a, mode: "100755" }])).toBe(true);
    expect(differ([a], [file("a", utf8("y"))])).toBe(true);
    expect(differ([a], [])).toBe(true);
    const link = { path: "a", mode: "120000", oid: "1".repeat(40) } as const;
    expect(differ([link], [{ ...link, oid: "2".repeat(40) }])).toBe(true);
    expect(differ([a], [{ ...a, oid: "2".repeat(40) }])).toBe(false);
  });

  it("cannot be forged by a path with a line break", () => {
    const [one, two] = [file("a", utf8("x")), file("b", utf8("y"))];
    const line = contentDigest([one, two]);
    expect(contentDigest([file(`a" 100644 x\n"b`, utf8("y"))])).not.toBe(line);
  });

  it("consists of the algorithm and hex digits", () => {
    expect(contentDigest([])).toBe("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});

describe("sameBytes", () => {
  it.each([
    ["", "", true],
    ["ab", "ab", true],
    ["ab", "ac", false],
    ["ab", "abc", false],
    ["abc", "ab", false],
  ])("of %j and %j is %s", (a, b, same) => {
    expect(sameBytes(utf8(a), utf8(b))).toBe(same);
  });
});
