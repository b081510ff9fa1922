import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFile, MAX_SHOWN } from "./package-file.ts";
import { MAX_PAGE, type PageEdit, planPageEdits } from "./page-edits.ts";
import { pageSpec, readPages } from "./pages.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const BINARY = new Uint8Array([0, 255, 1]);

/** Pages with these files, page 1 first. */
function pagesOf(...pages: readonly Readonly<Record<string, Uint8Array>>[]) {
  const entries = pages.flatMap((files, index) =>
    Object.entries(files).map(([path, one]) => ({ path, one, page: index + 1 })),
  );
  return {
    count: pages.length,
    files: new Map(entries.map(({ path, one }) => [path, one] as const)),
    placed: new Map(entries.map(({ path, page }) => [path, page] as const)),
  };
}
const plan = (pages: ReturnType<typeof pagesOf>, changes: Readonly<Record<string, Uint8Array | undefined>>) =>
  planPageEdits(pages, new Map(Object.entries(changes)));

describe("planPageEdits", () => {
  it("keeps each file on its page, and adds new ones to the last page with room", () => {
    const pages = pagesOf({ a: bytes("1"), b: bytes("1") }, { c: bytes("1") });
    const { edits } = plan(pages, { a: bytes("2"), b: undefined, c: bytes("2"), d: bytes("new") });
    expect([...edits]).toEqual([
      [1, { resources: { b: null, a: "2" } }],
      [2, { resources: { c: "2", d: "new" } }],
    ]);
  });

  it("moves a file between text and binary", () => {
    const pages = pagesOf({ a: bytes("1"), b: BINARY });
    expect([...plan(pages, { a: BINARY, b: bytes("text") }).edits]).toEqual([
      [1, { resources: { a: null, b: "text" }, binaryResources: { a: "AP8B", b: null } }],
    ]);
  });

  it("fills pages above their usual size only if none has room, and never above the limit", () => {
    const full = new Uint8Array(500 * 1024).fill(97);
    const pages = pagesOf({ a: full }, { b: full });
    const more = new Uint8Array(600 * 1024).fill(98);
    expect([...plan(pages, { c: more }).edits.keys()]).toEqual([1]);
    expect(plan(pages, { c: more, d: more, e: more })).toMatchObject({ noRoom: ["e"], tooLarge: [] });
    // What is removed makes room.
    expect(plan(pages, { c: more, d: more, e: more, a: undefined })).toMatchObject({ noRoom: [] });
    expect(plan(pages, { c: new Uint8Array(MAX_SHOWN).fill(99) })).toMatchObject({ tooLarge: ["c"] });
    expect(MAX_PAGE).toBeGreaterThan(MAX_SHOWN);
  });

  it("makes files with unusual names", () => {
    const { edits } = plan(pagesOf({}), Object.fromEntries([["__proto__", bytes("1")]]));
    expect(JSON.stringify(edits.get(1))).toBe('{"resources":{"__proto__":"1"}}');
  });

  it("leads to exactly the changed files, whatever they are", () => {
    const file = fc.oneof(fc.string().map(bytes), fc.uint8Array());
    const files = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), file);
    fc.assert(
      fc.property(files, files, files, (first, second, wanted) => {
        const rest = Object.fromEntries(Object.entries(second).filter(([path]) => !(path in first)));
        const pages = pagesOf({ ...first }, rest);
        const changes = new Map<string, Uint8Array | undefined>(
          [...pages.files.keys()].map((path) => [path, undefined]),
        );
        for (const [path, one] of Object.entries(wanted)) changes.set(path, one);
        const { edits } = planPageEdits(pages, changes);
        const specs = [first, rest].map((one, index) => {
          const shown = Object.entries(one).map(([path, value]) => encodeFile(path, value));
          return {
            number: index + 1,
            spec: mergePatch(pageSpec({ number: index + 1, files: shown }), edits.get(index + 1)),
          };
        });
        const read = readPages(specs);
        expect("files" in read && new Map([...read.files].sort())).toEqual(new Map(Object.entries(wanted).sort()));
      }),
    );
  });
});

/** As the API server does (RFC 7386). */
function mergePatch(spec: PageEdit, edit: PageEdit = {}): { resources?: Record<string, string> } {
  const merge = (field: "resources" | "binaryResources") =>
    Object.entries({ ...spec[field], ...edit[field] }).filter(([, value]) => value !== null);
  return Object.fromEntries(
    (["resources", "binaryResources"] as const).map((field) => [field, Object.fromEntries(merge(field))]),
  );
}
