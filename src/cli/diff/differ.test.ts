import { applyPatch } from "diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFiles } from "../../core/review/file-pairs.ts";
import { createStyle } from "../output/style.ts";
import { createIo } from "../testing/io.ts";
import { createDiffer } from "./differ.ts";
import { formatStat } from "./print-diff.ts";

const bytes = (text: string | undefined) => (text === undefined ? undefined : new TextEncoder().encode(text));
const differ = await createDiffer(createStyle(createIo().stdout, {}));
const format = (before: string | undefined, after: string | undefined) =>
  differ.formatFile({ path: "a.yaml", before: bytes(before), after: bytes(after) }, { before: "v1", after: "v2" });

describe("createDiffer", () => {
  it.each([
    ["a\nb\n", "a\nc\n", "--- v1/a.yaml\n+++ v2/a.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c"],
    [undefined, "a\n", "--- /dev/null\n+++ v2/a.yaml\n@@ -0,0 +1 @@\n+a"],
    ["a\n", undefined, "--- v1/a.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a"],
    ["a", "a\n", "--- v1/a.yaml\n+++ v2/a.yaml\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a"],
    ["a\n", "a\0", "--- v1/a.yaml\n+++ v2/a.yaml\nbinary: 2 bytes -> 2 bytes"],
    ["a\n", "\u001b[2J\n", "--- v1/a.yaml\n+++ v2/a.yaml\n@@ -1 +1 @@\n-a\n+\\u{1b}[2J"],
  ])("%j to %j", (before, after, expected) => {
    expect(format(before, after)).toBe(expected);
  });

  it("names the objects that a hunk changes", () => {
    const object = (name: string, data: string, namespace?: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}` +
      `  name: ${name}\ndata:\n  a: ${data}\n`;
    const headings = (before: string | undefined, after: string | undefined) =>
      format(before, after)
        .match(/^@@.*$/gm)
        ?.map((line) => line.replace(/^@@.*@@/, ""));
    const [one, two] = [object("one", "1"), object("two", "1", "web")];
    const both = `${one}---\n${two}`;
    expect(headings(both, `${one}---\n${object("two", "2", "web")}`)).toEqual([" ConfigMap v1 web/two"]);
    expect(headings(both, `${object("one", "2")}---\n${two}`)).toEqual([" ConfigMap v1 one"]);
    expect(headings(both, one)).toEqual([" ConfigMap v1 web/two"]);
    expect(headings(undefined, both)).toEqual([" ConfigMap v1 one, ConfigMap v1 web/two"]);
    const many = Array.from({ length: 5 }, (_, index) => object(`c${index}`, "1")).join("---\n");
    expect(headings(many, undefined)).toEqual([" ConfigMap v1 c0, ConfigMap v1 c1, ConfigMap v1 c2, and 2 more"]);
    expect(headings("a: [\n", "a: 1\n")).toEqual([""]);
    expect(headings(undefined, object('"\\e[2J"', "1"))).toEqual([String.raw` ConfigMap v1 \u{1b}[2J`]);
    expect(headings(undefined, `kind: ConfigMap\napiVersion: v1\nx: "${"x".repeat(300_000)}"\n`)).toEqual([""]);
  });

  it("formats patches that lead from one text to the other", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 20 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        expect(applyPatch(before, `${format(before, after)}\n`)).toBe(after);
      }),
    );
  });

  it("shows very different texts as replaced, in bounded time", () => {
    const [before, after] = ["x", "y"].map((word) =>
      Array.from({ length: 30_000 }, (_, i) => `${word}${i % 97}`).join("\n"),
    );
    const started = performance.now();
    const count = differ.count({ path: "a", before: bytes(before), after: bytes(after) });
    expect(count).toEqual({ added: 30_000, removed: 30_000, isBinary: false });
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe("compareFiles and formatStat", () => {
  it("name what differs, and count its lines", () => {
    const side = (files: Readonly<Record<string, string>>) =>
      new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const));
    const pairs = compareFiles(
      side({ same: "1\n", gone: "8\n9\n", old: "1\n2\n3\n", b: "1\n" }),
      side({ same: "1\n", new: "x\n", now: "1\n2\n4\n", b: "\0" }),
    );
    expect(formatStat(pairs.map((pair) => ({ ...pair, count: differ.count(pair) })))).toEqual([
      "b          | binary",
      "gone       | +0 -2",
      "new        | +1 -0",
      "old => now | +1 -1",
      "4 files changed, +2 -3 lines",
    ]);
    expect(formatStat([])).toEqual([]);
  });
});
