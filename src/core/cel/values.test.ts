import { evaluate } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { readDocuments } from "../validation/yaml/read-documents.ts";
import { describeType, NotPlain, nodeToCel, toCel, toPlain } from "./values.ts";

function documentOf(text: string) {
  const result = readDocuments(text, 100);
  if ("deepAt" in result) throw new Error("too deep");
  const [document] = result.documents;
  if (document === undefined) throw new Error("no document");
  return document;
}

function read(text: string): unknown {
  const document = documentOf(text);
  return nodeToCel(document.contents, document);
}

describe("toCel", () => {
  it("makes integers ints, and maps Maps", () => {
    expect(toCel({ a: 1, b: 1.5, c: [true, null, "x"], d: {} })).toEqual(
      new Map<string, unknown>([
        ["a", 1n],
        ["b", 1.5],
        ["c", [true, null, "x"]],
        ["d", new Map()],
      ]),
    );
  });
});

describe("nodeToCel", () => {
  it("reads YAML as Kubernetes does", () => {
    expect(toPlain(read("a: 1\nb: yes\nc: '1'\n2: x\nd: ~\ne: 1.0\n"))).toEqual({
      a: 1,
      b: true,
      c: "1",
      2: "x",
      d: null,
      e: 1,
    });
  });

  it("keeps integers that a double cannot hold", () => {
    expect(read("a: 12345678901234567890\n")).toEqual(new Map([["a", 12345678901234567890n]]));
  });

  it("follows aliases and merges", () => {
    expect(toPlain(read("a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n  e: 2\n"))).toEqual({
      a: { b: 1 },
      c: { b: 1 },
      d: { b: 1, e: 2 },
    });
  });
});

describe("nodeToCel with many aliases", () => {
  it.each([
    ["aliases", "a: &a x\nlist:\n", "- *a\n"],
    ["merges", "a: &a {q: 1}\nlist:\n", "- {<<: *a, b: 1}\n"],
  ])("takes linear time: %s", (_, head, item) => {
    const document = documentOf(head + item.repeat(8_000));
    const started = performance.now();
    expect(nodeToCel(document.contents, document)).toBeInstanceOf(Map);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it("shares the values of what is named many times", () => {
    const levels = Array.from(
      { length: 40 },
      (_, at) => `l${at}: &l${at} [${at === 0 ? "x" : `*l${at - 1},*l${at - 1}`}]`,
    );
    expect((read(levels.join("\n")) as ReadonlyMap<string, unknown>).size).toBe(40);
  });
});

describe("toPlain", () => {
  it.each([
    [1n, 1],
    [2n ** 60n, 2n ** 60n],
    [1.5, 1.5],
    [new Map<string, unknown>([["a", [1n]]]), { a: [1] }],
    [{ a: 1n }, { a: 1 }],
    [new Map([[1n, "x"]]), { 1: "x" }],
    [new Uint8Array([104, 105]), "aGk="],
    [new Date("2024-01-01T00:00:00Z"), "2024-01-01T00:00:00Z"],
    [evaluate("duration('90s')"), "90s"],
    [evaluate("uint(5)"), 5],
  ])("makes JSON of %s", (value, expected) => expect(toPlain(value)).toEqual(expected));

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Symbol.iterator, new (class Type {})()])("refuses %s", (value) => {
    expect(() => toPlain(value)).toThrow(NotPlain);
  });
});

describe("describeType", () => {
  it("has CEL's names", () => {
    const values = [
      "x",
      1n,
      1,
      true,
      null,
      [],
      new Map(),
      {},
      new Date(),
      evaluate("duration('1s')"),
      new Uint8Array(),
    ];
    expect(values.map(describeType)).toEqual([
      ...["string", "int", "double", "bool", "null", "list", "map", "map", "timestamp", "duration", "bytes"],
    ]);
  });
});
