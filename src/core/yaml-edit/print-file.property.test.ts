import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCollection, isMap, isScalar, isSeq, type Node, Pair, Scalar, stringify, YAMLMap, YAMLSeq } from "yaml";
import { readChecked } from "../validation/yaml/read-checked.ts";
import type { Collection } from "./collection.ts";
import { changedItems } from "./fingerprint.ts";
import { printWhole } from "./print-document.ts";
import { printEntries } from "./print-entries.ts";
import { printFile } from "./print-file.ts";
import { findDifference } from "./same-node.ts";
import { type EditableDocument, readYamlFile, type YamlFile } from "./yaml-file.ts";

const RUNS = { numRuns: 800 };

const word = fc.constantFrom(
  "web",
  "yes",
  "1",
  "a b",
  "x: y",
  "- z",
  "",
  "line\nline\n",
  "#c",
  "'",
  '"',
  " s",
  "é",
  "~",
);
const leaf = fc.oneof(word, fc.integer({ min: -9, max: 1e6 }), fc.boolean(), fc.constant(null));
const key = fc.constantFrom("name", "spec", "labels", "a b", "on", "x", "__proto__", "constructor");
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
}));
const root = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 5 }).map((entries) => new Map(entries));

/** A Map becomes a mapping, and no ordered one of YAML 1.1. */
function toNode(data: unknown): Node {
  if (Array.isArray(data)) {
    const list = new YAMLSeq();
    for (const item of data) list.items.push(toNode(item) as never);
    return list;
  }
  if (!(data instanceof Map)) return new Scalar(data);
  const map = new YAMLMap();
  for (const [key, value] of data) map.items.push(new Pair(new Scalar(key), toNode(value)) as never);
  return map;
}

/** Comments, blank lines and line breaks that change nothing. */
const decorate = (text: string, choices: readonly number[]) =>
  text
    .split("\n")
    .map((line, at) => {
      const indent = /^ */.exec(line)?.[0] ?? "";
      switch (choices[at % choices.length]) {
        case 1:
          return `${indent}# about the next line\n${line}`;
        case 2:
          return `\n${line}`;
        default:
          return line;
      }
    })
    .join("\n");

const text = fc
  .tuple(
    root,
    fc.record({
      indentSeq: fc.boolean(),
      indent: fc.constantFrom(2, 4),
      collectionStyle: fc.constantFrom("any", "flow"),
    }),
    fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 7 }),
    fc.constantFrom("\n", "\r\n"),
  )
  .map(([data, options, choices, lineBreak]) => {
    const printed = stringify(toNode(data), { ...options, version: "1.1", lineWidth: 0 } as never);
    // A comment between the lines of a literal is text.
    const isPlain = !printed.includes("|") && !printed.includes("\n\n") && options.collectionStyle === "any";
    return (isPlain ? decorate(printed, choices) : printed).replaceAll("\n", lineBreak);
  })
  .filter((one) => !("problems" in readYamlFile(one)));

type Change = (collection: Collection, at: number, document: YamlFile["documents"][number]["document"]) => void;
const changes: readonly Change[] = [
  (collection, at) => void collection.items.splice(at, 1),
  (collection) => void collection.items.reverse(),
  (collection, at, document) => {
    const added = { new: ["x", { y: 1 }], text: "a\nb\n" };
    if (isSeq(collection)) collection.items.splice(at, 0, document.createNode(added) as never);
    else if (!collection.has("added")) collection.items.splice(at, 0, document.createPair("added", added) as never);
  },
  (collection, at, document) => {
    const item = collection.items[at];
    if (isSeq(collection) && item !== undefined) collection.items[at] = document.createNode("new") as never;
    else if (isMap(collection) && item !== undefined)
      (item as { value: unknown }).value = document.createNode({ new: [1] });
  },
  (collection, at) => {
    const item = collection.items[at];
    const scalar = isMap(collection) ? (item as { value: unknown } | undefined)?.value : item;
    if (isScalar(scalar)) scalar.value = "changed: yes";
  },
  (collection, at) => {
    const item = collection.items[at];
    const scalar = isMap(collection) ? (item as { value: unknown } | undefined)?.value : item;
    if (isScalar(scalar)) scalar.value = 7;
  },
];

function collectionsOf(node: unknown): readonly Collection[] {
  if (!isCollection(node)) return [];
  const below = node.items.flatMap((item) => collectionsOf(isMap(node) ? (item as { value: unknown }).value : item));
  return [node, ...below];
}

function hasEqualItems(root: unknown): boolean {
  return collectionsOf(root).some(({ items }) => new Set(items.map(String)).size < items.length);
}

function change({ document }: EditableDocument, steps: readonly (readonly [number, number, number])[]): void {
  for (const [which, at, kind] of steps) {
    const all = collectionsOf(document.contents);
    const collection = all[which % all.length];
    if (collection === undefined) continue;
    changes[kind % changes.length]?.(collection, at % (collection.items.length + 1), document);
  }
}

function read(source: string): YamlFile {
  const file = readYamlFile(source);
  if ("problems" in file) throw new Error(JSON.stringify(file.problems));
  return file;
}

describe("printEntries", () => {
  it("prints what a print of the whole document does", () => {
    let count = 0;
    fc.assert(
      fc.property(
        text,
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
        (source, steps) => {
          const [first] = read(source).documents;
          fc.pre(first !== undefined);
          change(first, steps);
          const changed = changedItems(first.document.contents, first.fingerprint);
          // Equal items that change their places change nothing, but a print of the whole moves their comments.
          fc.pre(changed !== undefined && changed.length > 0 && !hasEqualItems(first.document.contents));
          const printed = printEntries(source, first, changed);
          if (printed === undefined) return;
          count++;
          expect(printed).toBe(printWhole(source, first));
        },
      ),
      { numRuns: 1000 },
    );
    expect(count).toBeGreaterThan(100);
  });
});

describe("printFile", () => {
  it("keeps every byte if nothing changes", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
        const joined = texts.join("---\n");
        const file = readYamlFile(joined);
        if (!("problems" in file)) expect(printFile(file, file.documents)).toBe(joined);
      }),
      RUNS,
    );
  });

  it("prints what the changed nodes are", () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(text, steps, (source, steps) => {
        const file = read(source);
        const [first] = file.documents;
        fc.pre(first !== undefined);
        change(first, steps);
        const printed = printFile(file, file.documents);
        const again = readChecked(printed);
        if ("problems" in again) throw new Error(`${printed}\n${JSON.stringify(again.problems)}`);
        const wanted: Node | null = first.document.contents;
        expect(findDifference(wanted, again.documents[0]?.contents ?? null)).toBeUndefined();
      }),
      RUNS,
    );
  });

  it("keeps every byte of the other fields", () => {
    fc.assert(
      fc.property(text, fc.nat(), (source, choice) => {
        const file = read(source);
        const [first] = file.documents;
        const contents: Node | null = first?.document.contents ?? null;
        fc.pre(isMap(contents) && contents.flow !== true && contents.items.length > 1);
        const at = choice % contents.items.length;
        const start = rangeStart(contents.items[at]?.key);
        const end = rangeStart(contents.items[at + 1]?.key ?? null);
        const item = contents.items[at];
        if (item !== undefined) item.value = first?.document.createNode({ a: [1, { b: "x" }] }) as never;
        const printed = printFile(file, file.documents);
        expect(printed.startsWith(source.slice(0, start))).toBe(true);
        if (end > 0) expect(printed.endsWith(source.slice(end))).toBe(true);
      }),
      RUNS,
    );
  });
});

function rangeStart(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
