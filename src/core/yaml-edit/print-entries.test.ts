import { describe, expect, it } from "vitest";
import { Document, type YAMLMap } from "yaml";
import { changedItems } from "./fingerprint.ts";
import { NotWritable, printChanges } from "./print-document.ts";
import { printEntries } from "./print-entries.ts";
import { readYamlFile } from "./yaml-file.ts";

/** The text after a change of its first document, by entries; undefined if that is not possible. */
function print(text: string, change: (root: YAMLMap) => void) {
  const file = readYamlFile(text);
  if ("problems" in file) throw new Error(JSON.stringify(file.problems));
  const [first] = file.documents;
  if (first === undefined) throw new Error("has no document");
  change(first.document.contents as unknown as YAMLMap);
  const changed = changedItems(first.document.contents, first.fingerprint);
  return { printed: changed && printEntries(text, first, changed), whole: () => printChanges(text, first) };
}

describe("printEntries", () => {
  it("changes an entry between others, whose comments and bytes stay", () => {
    const text = "# first\na: [1,  2]\n\n# second\nb:\n    c:   1 # one\n    d: 2\n# third\ne: |+\n  x\n\n";
    const { printed } = print(text, (root) => root.setIn(["b", "c"], "new"));
    expect(printed).toBe(text.replace("1 # one", "new # one"));
  });

  it("follows the style of the whole document", () => {
    const text = "a:\n    b:\n    - 1\nc: {}\nd: 1\n";
    const { printed, whole } = print(text, (root) => root.set("d", new Document({ e: { f: [1] } }).contents));
    expect(printed).toBe(whole());
  });

  it.each<[string, string, (root: YAMLMap) => void]>([
    ["an entry more", "a: 1\n", (root) => root.set("b", 2)],
    ["another order", "a: 1\nb: 2\n", (root) => root.items.reverse()],
    ["another key", "a: 1\nb: 2\n", (root) => Object.assign(root.items[1]?.key as object, { value: "c" })],
    ["an anchor in it", "a: &x 1\nb: *x\n", (root) => root.set("a", 2)],
    ["an alias in it", "a: &x 1\nb: [*x, 1]\n", (root) => root.setIn(["b", 1], 2)],
    ["brackets around the document", "{a: 1}\n", (root) => root.set("a", 2)],
    ["an indented document", "  a: 1\n", (root) => root.set("a", 2)],
    ["brackets over several lines", "a: 1\nb: [1,\n 2]\n", (root) => root.set("a", 2)],
  ])("leaves a document with %s to others", (_, text, change) => {
    expect(print(text, change).printed).toBeUndefined();
  });

  it("does not make a key that another entry has", () => {
    const { whole } = print("a: 1\nb: 2\n", (root) => Object.assign(root.items[1]?.key as object, { value: "a" }));
    expect(whole).toThrow(NotWritable);
  });
});
