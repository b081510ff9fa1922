import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readChecked } from "./read-checked.ts";
import { plainReader } from "./value-reader.ts";

function documentOf(text: string) {
  const read = readChecked(text);
  const document = "documents" in read ? read.documents[0] : undefined;
  if (document === undefined) throw new Error(`cannot be read: ${text}`);
  return document;
}

function plainOf(text: string): unknown {
  const document = documentOf(text);
  return plainReader(document)(document.contents);
}

describe("plainReader", () => {
  it.each([
    [
      "values",
      "a: 1\nb: yes\nc: '1'\n2: x\nd: ~\ne: 1.5\nf:\n",
      { a: 1, b: true, c: "1", 2: "x", d: null, e: 1.5, f: null },
    ],
    ["aliases", "a: &x {b: [1]}\nc: *x\nd: [*x]\n", { a: { b: [1] }, c: { b: [1] }, d: [{ b: [1] }] }],
    ["an anchor that is given again", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", { a: 1, b: 1, c: 2, d: 2 }],
    ["an alias as a key", "a: &x k\n*x : 1\n", { a: "k", k: 1 }],
    [
      "own entries before merged ones",
      "a: &x {b: 1, c: 1}\nd: {<<: *x, b: 2, c: 2}\n",
      { a: { b: 1, c: 1 }, d: { b: 2, c: 2 } },
    ],
    [
      "the first of several merges",
      "a: &x {b: 1}\nc: &y {b: 2, d: 2}\ne: {<<: [*x, *y]}\n",
      { a: { b: 1 }, c: { b: 2, d: 2 }, e: { b: 1, d: 2 } },
    ],
    ["a merge of a merge", "a: &x {b: 1}\nc: &y {<<: *x}\nd: {<<: *y}\n", { a: { b: 1 }, c: { b: 1 }, d: { b: 1 } }],
    ["a quoted <<", '"<<": 1\n', { "<<": 1 }],
  ])("reads %s", (_, text, expected) => expect(plainOf(text)).toEqual(expected));

  it("keeps __proto__ as an entry", () => {
    expect(JSON.stringify(plainOf("__proto__: {a: 1}\n"))).toBe('{"__proto__":{"a":1}}');
  });

  const ANCHORS = ["p", "q", "r"];
  const node = fc.letrec<{ node: string; list: string; map: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("1", "x", "'y'", "~", "true", "*p", "*q", "*r"),
      tie("list"),
      tie("map"),
    ),
    list: fc
      .tuple(fc.constantFrom("", ...ANCHORS), fc.array(tie("node"), { maxLength: 3 }))
      .map(([anchor, items]) => `${anchor && `&${anchor} `}[${items.join(", ")}]`),
    map: fc
      .tuple(
        fc.constantFrom("", ...ANCHORS),
        fc.uniqueArray(fc.constantFrom("a", "b", "c", "1", "<<"), { maxLength: 4 }),
        fc.array(tie("node"), { minLength: 4, maxLength: 4 }),
      )
      .map(([anchor, keys, values]) => {
        const entries = keys.map(
          (key, at) => `${key}: ${key === "<<" ? (ANCHORS.map((one) => `*${one}`)[at] ?? "*p") : values[at]}`,
        );
        return `${anchor && `&${anchor} `}{${entries.join(", ")}}`;
      }),
  })).node;

  it("reads what the library reads", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 4 }), (nodes) => {
        const text = `m: &p {a: 0}\nn: &q {b: 0, c: 1}\no: &r {1: 0}\n${nodes.map((one, at) => `k${at}: ${one}\n`).join("")}`;
        const read = readChecked(text);
        if (!("documents" in read)) return;
        compared++;
        const [document] = read.documents;
        const value = document && plainReader(document)(document.contents);
        expect(JSON.stringify(value)).toBe(JSON.stringify(document?.toJS({ maxAliasCount: -1 })));
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(500);
  });
});
