import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPackageFiles, bytes, fileMap } from "../testing/arbitraries.ts";
import { jsonSize, MAX_SHOWN, type ShownFile, showFiles } from "./package-file.ts";
import { type ContentsPage, layOutPages, PAGE_SIZE, pageSpec, readPages } from "./pages.ts";

const text = (path: string, size: number): ShownFile => ({ path, encoding: "text", value: "x".repeat(size) });
const KiB = 1024;
const layOut = (pages: readonly ContentsPage[]) => pages.map((page) => page.files.map((file) => file.path));
const sizeOf = (page: ContentsPage) => page.files.reduce((sum, file) => sum + jsonSize(file), 0);

/** Files from tiny to more than a page, so that some runs need several pages. */
const someFiles = fc
  .uniqueArray(fc.tuple(fc.nat(40), fc.constantFrom(0, 10, 100 * KiB, 300 * KiB, 700 * KiB)), {
    selector: ([name]) => name,
    maxLength: 12,
  })
  .map((entries) => entries.map(([name, size]) => text(`f${name}`, size)));

describe("pages", () => {
  it("fill one after another", () => {
    const files = [
      text("a", 300 * KiB),
      text("b", 200 * KiB),
      text("c", 100 * KiB),
      text("d", 900 * KiB),
      text("e", 1),
    ];
    expect(layOut(layOutPages(files))).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
  });

  it("are filled to the last byte", () => {
    const file = (path: string, bytes: number) => text(path, bytes - 7);
    expect(layOut(layOutPages([file("a", PAGE_SIZE - 100), file("b", 100)]))).toEqual([["a", "b"]]);
    expect(layOut(layOutPages([file("a", PAGE_SIZE - 100), file("b", 101)]))).toEqual([["a"], ["b"]]);
  });

  it("may consist of one file larger than a page", () => {
    expect(layOut(layOutPages([text("a", 900 * KiB), text("b", 1)]))).toEqual([["a"], ["b"]]);
  });

  it("include a first page for a package without files", () => {
    expect(layOutPages([])).toEqual([{ number: 1, files: [] }]);
  });

  it("get new files on the last page, even if others have room", () => {
    const placed = new Map([
      ["a", 1],
      ["b", 3],
    ]);
    const pages = layOutPages([text("c", 1), text("a", 1), text("b", 1)], placed);
    expect(layOut(pages)).toEqual([["a"], [], ["b", "c"]]);
  });

  it("stay after their files are removed", () => {
    expect(
      layOut(
        layOutPages(
          [text("a", 1)],
          new Map([
            ["a", 1],
            ["b", 2],
          ]),
        ),
      ),
    ).toEqual([["a"], []]);
  });

  it("can hold very many files", () => {
    const files = Array.from({ length: 200_000 }, (_, index) => text(`f${index}`, 0));
    const pages = layOutPages(files, new Map(files.map((file) => [file.path, 1])));
    expect(pages.map((page) => page.files.length)).toEqual([200_000]);
  });

  it("hold every file once, in order, and exceed the page size only by a single larger file", () => {
    fc.assert(
      fc.property(someFiles, (files) => {
        const pages = layOutPages(files);
        expect(pages.map((page) => page.number)).toEqual(pages.map((_, index) => index + 1));
        expect(pages.flatMap((page) => page.files)).toEqual(files);
        expect(pages.every((page) => page.files.length === 1 || sizeOf(page) <= PAGE_SIZE)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("never exchange files, and never exceed the page size by a new file", () => {
    fc.assert(
      fc.property(someFiles, someFiles, fc.nat(3), (before, after, firstPage) => {
        const placed = new Map(before.map((file, index) => [file.path, 1 + firstPage + (index % 3)]));
        const pages = layOutPages(after, placed);
        expect(pages.flatMap((page) => page.files).length).toBe(after.length);
        for (const page of pages) {
          for (const { path } of page.files) expect(placed.get(path) ?? page.number).toBe(page.number);
          const isNewcomer = page.files.some((file) => !placed.has(file.path));
          expect(!isNewcomer || page.files.length === 1 || sizeOf(page) <= PAGE_SIZE).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("return every file byte for byte after a round trip through JSON", () => {
    fc.assert(
      fc.property(fileMap, fc.array(fc.nat(3)), (files, numbers) => {
        const { shown, hidden } = showFiles(asPackageFiles(files));
        const placed = new Map([...files.keys()].map((path, index) => [path, 1 + (numbers[index] ?? 0)]));
        const pages = layOutPages(shown, placed).map((page) => ({ number: page.number, spec: pageSpec(page) }));
        const read = readPages(JSON.parse(JSON.stringify(pages)));
        expect(hidden).toEqual([]);
        expect(read).toEqual({ files: new Map(files), placed });
      }),
    );
  });

  it("can hold a file called __proto__, as text and as bytes", () => {
    const files = new Map([
      ["__proto__", Uint8Array.of(0xff)],
      ["constructor", Uint8Array.of(0x61)],
    ]);
    const specs = layOutPages(showFiles(asPackageFiles(files)).shown).map(pageSpec);
    expect(JSON.stringify(specs)).toBe('[{"resources":{"constructor":"a"},"binaryResources":{"__proto__":"/w=="}}]');
    expect(readPages([{ number: 1, spec: JSON.parse('{"resources":{"__proto__":"a: 1"}}') }])).toEqual({
      files: new Map([["__proto__", new TextEncoder().encode("a: 1")]]),
      placed: new Map([["__proto__", 1]]),
    });
  });

  const page = (number: number, resources: Record<string, string>, binaryResources: Record<string, string> = {}) => ({
    number,
    spec: { resources, binaryResources },
  });

  it.each([
    ["equal files on two pages", [page(1, { a: "x" }), page(2, { a: "x" })], []],
    ["equal files as text and bytes", [page(1, { a: "x" }, { a: "eA==" })], []],
    ["different files on two pages", [page(1, { a: "x" }), page(2, { a: "y" })], ["DuplicatePath"]],
    ["a file as text and other bytes", [page(1, { a: "x" }, { a: "eQ==" })], ["DuplicatePath"]],
    ["a path that leaves the package", [page(1, { "../x": "" })], ["InvalidPath"]],
    [
      "every wrong path",
      [page(1, { "/x": "", ".git/x": "" }, { "a//b": "" }), page(2, { "a\0": "" })],
      Array(4).fill("InvalidPath"),
    ],
    ["invalid base64", [page(1, {}, { a: "!" })], ["InvalidContent"]],
    ["the largest file that fits into an object", [page(1, { a: "x".repeat(MAX_SHOWN - '"a":"",'.length) })], []],
    ["a file one byte too large", [page(1, { a: "x".repeat(MAX_SHOWN - '"a":"",'.length + 1) })], ["FileTooLarge"]],
    ["a file too large only as JSON", [page(1, { a: "<".repeat(MAX_SHOWN / 5) })], ["FileTooLarge"]],
    ["invalid Unicode", [page(1, { a: "\ud800" })], ["InvalidContent"]],
  ])("with %s", (_, pages, reasons) => {
    const read = readPages(pages);
    expect("problems" in read ? read.problems.map((problem) => problem.reason) : []).toEqual(reasons);
  });

  it("have no field for files that are not text, without such files", () => {
    expect(pageSpec({ number: 1, files: [text("a", 1)] })).toStrictEqual({ resources: { a: "x" } });
  });

  it("report where else a file is, and how to save one that is too large", () => {
    const problemsOf = (...pages: Parameters<typeof readPages>[0]) => {
      const read = readPages(pages);
      return "problems" in read ? read.problems.map(({ message }) => message) : [];
    };
    expect(problemsOf(page(2, { a: "x" }), page(3, { a: "y" }))).toEqual([
      '"a" on page 3 is also on page 2, with different contents',
    ]);
    expect(problemsOf(page(1, { a: "x".repeat(MAX_SHOWN) }))).toEqual([
      '"a" on page 1 takes more than 1048576 bytes of JSON: push it to the draft\'s branch with git instead',
    ]);
  });

  it("report a problem with its page and path", () => {
    expect(readPages([page(2, { "../x": "" })])).toEqual({
      problems: [{ reason: "InvalidPath", message: '"../x" on page 2 has the part ..' }],
    });
  });

  it("may have no files", () => {
    expect(readPages([{ number: 1, spec: {} }])).toEqual({ files: new Map(), placed: new Map() });
  });

  it("never make readPages throw", () => {
    const spec = fc.record({
      resources: fc.dictionary(fc.string(), fc.string()),
      binaryResources: fc.dictionary(fc.string(), fc.string()),
    });
    fc.assert(fc.property(fc.array(spec), (specs) => void readPages(specs.map((spec, number) => ({ number, spec })))));
    fc.assert(
      fc.property(bytes, (content) => void readPages([page(1, {}, { a: Buffer.from(content).toString("base64") })])),
    );
  });
});
