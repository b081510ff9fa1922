import { describe, expect, it } from "vitest";
import { type Document, isMap, isScalar, isSeq, Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { printFile } from "./print-file.ts";
import { readYamlFile } from "./yaml-file.ts";

function edit(text: string, change: (document: Document.Parsed) => void): string {
  const file = readYamlFile(text);
  if ("problems" in file) throw new Error(JSON.stringify(file.problems));
  const [first] = file.documents;
  if (first !== undefined) change(first.document);
  return printFile(file, file.documents);
}

function mapAt(document: Document.Parsed, ...path: readonly (string | number)[]): YAMLMap {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(node)) throw new Error(`no mapping at ${path.join(".")}`);
  return node;
}

function seqAt(document: Document.Parsed, ...path: readonly (string | number)[]): YAMLSeq {
  const node = document.getIn(path, true);
  if (!isSeq(node)) throw new Error(`no list at ${path.join(".")}`);
  return node;
}

function scalarAt(document: Document.Parsed, ...path: readonly (string | number)[]): Scalar {
  const node = document.getIn(path, true);
  if (!isScalar(node)) throw new Error(`no scalar at ${path.join(".")}`);
  return node;
}

const set =
  (value: unknown, ...path: readonly (string | number)[]) =>
  (document: Document.Parsed) => {
    scalarAt(document, ...path).value = value;
  };

describe("a changed scalar", () => {
  it.each([
    ["keeps its quotes", 'a: "x" # c\n', set("y", "a"), 'a: "y" # c\n'],
    ["keeps single quotes", "a: 'x'   # c\n", set("it's", "a"), "a: 'it''s'   # c\n"],
    ["is quoted where Kubernetes would read another type", "a: x\nb: 1\n", set("yes", "a"), 'a: "yes"\nb: 1\n'],
    ["is a number", "a: 1 # c\n", set(20, "a"), "a: 20 # c\n"],
    ["was null", "a:\nb: 1\n", set("x", "a"), "a: x\nb: 1\n"],
    ["was null, with a comment", "a: # c\nb: 1\n", set("x", "a"), "a: x # c\nb: 1\n"],
    ["keeps its anchor", "a: &n x\nb: *n\n", set("w", "a"), "a: &n w\nb: *n\n"],
    ["stays a block", "a: |\n  x\n  y\nb: 1\n", set("z\nw\n", "a"), "a: |\n  z\n  w\nb: 1\n"],
    ["leaves a block", "a: |\n  x\nb: 1\n", set("z", "a"), "a: |-\n  z\nb: 1\n"],
    ["becomes a block", "m:\n    a: x\nb: 1\n", set("z\nw\n", "m", "a"), "m:\n    a: |\n        z\n        w\nb: 1\n"],
    ["is between brackets", "a: [x,  y ] # c\n", set("z, w", "a", 1), 'a: [x,  "z, w" ] # c\n'],
    ["is in a flow mapping", "a: {b: x, c: [1]}\n", set("w", "a", "b"), "a: {b: w, c: [1]}\n"],
    ["is a key of JSON", '{"a": {"b": "x"}}\n', set("y", "a", "b"), '{"a": {"b": "y"}}\n'],
    ["has several lines", "a: x\n  y\nb: 1\n", set("z", "a"), "a: z\nb: 1\n"],
    ["is in CRLF", "a: x\r\nb: 'y'\r\n", set("z", "b"), "a: x\r\nb: 'z'\r\n"],
    ["is at the end of the file", "a: x", set("w", "a"), "a: w"],
    ["is an item", "a:\n- x # c\n-   y\n", set("z", "a", 1), "a:\n- x # c\n-   z\n"],
  ])("%s", (_, before, change, after) => expect(edit(before, change)).toBe(after));
});

describe("a comment", () => {
  it.each([
    ["is added", "a: x\nb: y\n", " c", "a: x # c\nb: y\n"],
    ["is replaced", "a: x   # d\nb: y\n", " c", "a: x # c\nb: y\n"],
    ["is removed", "a: x   # d\nb: y\n", null, "a: x\nb: y\n"],
  ])("%s", (_, before, comment, after) => {
    expect(
      edit(before, (document) => {
        scalarAt(document, "a").comment = comment;
      }),
    ).toBe(after);
  });

  it("is added to the line of a list's key", () => {
    const change = (document: Document.Parsed) => {
      seqAt(document, "a").commentBefore = ` kpt-set: ${"$"}{list}`;
    };
    expect(edit("a:\n- x\nb: 1\n", change)).toBe(`a: # kpt-set: ${"$"}{list}\n- x\nb: 1\n`);
  });
});

describe("a new entry", () => {
  const add =
    (value: unknown, ...path: readonly (string | number)[]) =>
    (document: Document.Parsed) => {
      mapAt(document, ...path).add(document.createPair("new", value) as never);
    };
  it.each([
    ["at the end", "a: 1\n", add("x"), "a: 1\nnew: x\n"],
    ["at the end of a file without a line break", "a: 1", add("x"), "a: 1\nnew: x"],
    [
      "before the comments and blank lines of the next one",
      "a:\n  b: 1 # c\n\n# d\ne: 1\n",
      add("x", "a"),
      "a:\n  b: 1 # c\n  new: x\n\n# d\ne: 1\n",
    ],
    [
      "that is a mapping",
      "a:\n    b: 1\n",
      add({ c: 1, d: [1, 2] }, "a"),
      "a:\n    b: 1\n    new:\n        c: 1\n        d:\n          - 1\n          - 2\n",
    ],
    ["with indented lists", "l:\n  - 1\n", add([1]), "l:\n  - 1\nnew:\n  - 1\n"],
    ["in an item", "l:\n- a: 1\n- b: 1\n", add("x", "l", 0), "l:\n- a: 1\n  new: x\n- b: 1\n"],
    ["in brackets", "a: {b: 1} # c\n", add("x", "a"), "a: {b: 1, new: x} # c\n"],
    ["in an empty mapping", "a: {} # c\nb: 1\n", add("x", "a"), "a: {new: x} # c\nb: 1\n"],
    ["in CRLF", "a: 1\r\nb:\r\n  c: 1\r\n", add({ d: 1 }, "b"), "a: 1\r\nb:\r\n  c: 1\r\n  new:\r\n    d: 1\r\n"],
    ["before a second document", "a: 1\n---\n# c\nb: 1\n", add("x"), "a: 1\nnew: x\n---\n# c\nb: 1\n"],
    ["after a literal", "a: |\n  x\nb: 1\n", add("x"), "a: |\n  x\nb: 1\nnew: x\n"],
  ])("is printed %s", (_, before, change, after) => expect(edit(before, change)).toBe(after));

  it("is printed before the first one of an item", () => {
    const change = (document: Document.Parsed) => {
      mapAt(document, "l", 0).items.unshift(new Pair(new Scalar("new"), new Scalar("x")) as never);
    };
    expect(edit("l:\n  - a: 1 # c\n    b: 2\n", change)).toBe("l:\n  - new: x\n    a: 1 # c\n    b: 2\n");
  });
});

describe("a removed entry", () => {
  const remove =
    (...path: readonly (string | number)[]) =>
    (document: Document.Parsed) => {
      document.deleteIn(path);
    };
  it.each([
    ["with its comments", "a: 1\n# about b\nb: 2 # c\nc: 3\n", remove("b"), "a: 1\nc: 3\n"],
    ["at the end", "a: 1\nb: 2\n", remove("b"), "a: 1\n"],
    ["at the end of a nested mapping", "a:\n  b: 1\n  c: 2\n\nd: 1\n", remove("a", "c"), "a:\n  b: 1\n\nd: 1\n"],
    ["at the beginning of an item", "l:\n- a: 1\n  # c\n  b: 2\n", remove("l", 0, "a"), "l:\n- # c\n  b: 2\n"],
    ["that was the only one", "a:\n  b: 1\nc: 1\n", remove("a", "b"), "a: {}\nc: 1\n"],
    ["in brackets", "a: [1, 2, 3] # c\n", remove("a", 1), "a: [1, 3] # c\n"],
    [
      "with the comments of a list that becomes empty",
      "- a:\n  # c\n  - 1\n  # d\n  b: 1\n",
      remove(0, "a", 0),
      "- a: []\n  b: 1\n",
    ],
    ["from a list", "l:\n- 1\n- 2\n- 3\n", remove("l", 0), "l:\n- 2\n- 3\n"],
  ])("is removed %s", (_, before, change, after) => expect(edit(before, change)).toBe(after));
});

describe("a replaced value", () => {
  const replace =
    (value: unknown, ...path: readonly (string | number)[]) =>
    (document: Document.Parsed) => {
      document.setIn(path, document.createNode(value));
    };
  it.each([
    ["a text by a mapping", "a: x # c\nb: 1\n", replace({ c: 1 }, "a"), "a:\n  c: 1\nb: 1\n"],
    ["a mapping by a text", "a: # c\n  b: 1\nd: 1\n", replace("x", "a"), "a: x # c\nd: 1\n"],
    ["a list by a list", "a:\n- 1\nb: 1\n", replace([2, 3], "a"), "a:\n- 2\n- 3\nb: 1\n"],
    ["an item by a mapping", "a:\n- x\n- y\n", replace({ b: 1, c: 2 }, "a", 0), "a:\n- b: 1\n  c: 2\n- y\n"],
    ["brackets by a text", "a: [1, 2]\nb: 1\n", replace("x", "a"), "a: x\nb: 1\n"],
  ])("replaces %s", (_, before, change, after) => expect(edit(before, change)).toBe(after));
});

describe("another order", () => {
  it("moves entries with their comments", () => {
    const change = (document: Document.Parsed) => {
      mapAt(document).items.reverse();
    };
    expect(edit("# file\na: 1 # a\n# b\nb:\n  c: 1\n", change)).toBe("# file\n# b\nb:\n  c: 1\na: 1 # a\n");
  });
});

describe("printFile", () => {
  const text = "# first\na: 1\n---\n# second\nb: 2\n---\nc: 3\n";
  const keep = (text: string, ...kept: readonly number[]) => {
    const file = readYamlFile(text);
    if ("problems" in file) throw new Error("not read");
    return printFile(
      file,
      file.documents.filter((_, at) => kept.includes(at)),
    );
  };

  it("keeps every byte of documents that did not change", () => {
    expect(keep(text, 0, 1, 2)).toBe(text);
    expect(keep("%YAML 1.1\n---\na: 1\n...\n# x\n---\n\n", 0, 1)).toBe("%YAML 1.1\n---\na: 1\n...\n# x\n---\n\n");
  });

  it("removes documents with their comments and markers", () => {
    expect(keep(text, 1, 2)).toBe("# second\nb: 2\n---\nc: 3\n");
    expect(keep(text, 0, 2)).toBe("# first\na: 1\n---\nc: 3\n");
    expect(keep(text, 0, 1)).toBe("# first\na: 1\n---\n# second\nb: 2\n");
    expect(keep("---\na: 1\n---\nb: 1\n", 1)).toBe("---\nb: 1\n");
  });

  it("adds documents", () => {
    const file = readYamlFile("a: 1");
    const other = readYamlFile("b: 2 # c\nc: [1]\n");
    if ("problems" in file || "problems" in other) throw new Error("not read");
    const contents = other.documents[0]?.document.contents;
    if (!contents) throw new Error("no contents");
    expect(printFile(file, [...file.documents, { contents }])).toBe("a: 1\n---\nb: 2 # c\nc: [1]\n");
    expect(printFile(undefined, [{ contents }])).toBe("b: 2 # c\nc: [1]\n");
  });

  it("adds the text of documents of other files as it is", () => {
    const file = readYamlFile("a: 1\r\n");
    if ("problems" in file) throw new Error("not read");
    const source = "\uFEFF--- # x\nb:   2\n";
    expect(printFile(file, [...file.documents, { source }])).toBe("a: 1\r\n--- # x\r\nb:   2\r\n");
    expect(printFile(file, [{ source: "---\nb: 2\n" }, ...file.documents])).toBe("b: 2\r\n---\r\na: 1\r\n");
    expect(printFile(undefined, [{ source: "b: 2" }, { source: "c: 3\n" }])).toBe("b: 2\n---\nc: 3\n");
    expect(printFile(undefined, [{ source: "b: 2\r\n" }, { source: "c: 3\n" }])).toBe("b: 2\r\n---\r\nc: 3\r\n");
  });
});
