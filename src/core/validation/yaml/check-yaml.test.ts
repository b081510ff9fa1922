import { describe, expect, it } from "vitest";
import { checkYaml } from "./check-yaml.ts";

const check = (text: string) => checkYaml(new TextEncoder().encode(text));
const problemsOf = (text: string) => check(text).problems.map((one) => `${one.line}:${one.column}: ${one.message}`);

describe("checkYaml", () => {
  it.each([
    ["nothing", ""],
    ["only a comment", "# nothing yet\n"],
    ["a resource", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    x\n    y\n"],
    ["several documents", "a: 1\n---\na: 2\n---\n"],
    ["CRLF", "a: 1\r\nb:\r\n- c\r\n"],
    ["a byte order mark", "\uFEFFa: 1\n"],
    ["keys called __proto__", "__proto__: {__proto__: 1}\nconstructor: 2\n"],
    ["huge numbers", `a: ${"9".repeat(5000)}\nb: 1e999999\nc: ${"1:".repeat(2000)}1\n`],
    ["numbers and booleans as keys", "1: a\ntrue: b\n1.5: c\n"],
    ["a number and an equal text as keys", '1: a\n"1": b\n'],
    ["merge keys", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: [*a, {y: 1}]\n  x: 2\n"],
    ["unknown tags", "a: !Ref b\nc: !!binary notbase64\nd: !!timestamp never\n"],
    ["JSON", '{"a": [1, 2, {"b": null}], "c": "\\u0041\\/"}\n'],
    ["a YAML 1.1 timestamp", "a: 2001-12-14t21:59:43.10-05:00\n"],
    ["a list at the indentation of its mapping", "a:\n- b\n- c\n"],
  ])("finds nothing in %s", (_, text) => expect(check(text)).toEqual({ problems: [], count: 0 }));

  it.each([
    [
      "an open list",
      "a: [1, 2\nb: 3\n",
      ["2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["an open quote", 'a: "x\n', ['2:1: Missing closing "quote']],
    ["a wrong indent", "a:\n  b: 1\n c: 2\n", ["3:1: All mapping items must start at the same column"]],
    ["a tab as indent", "a:\n\tb: 1\n", ["2:1: Tabs are not allowed as indentation"]],
    ["a key twice", "a: 1\nb: 2\na: 3\n", ["3:1: Map keys must be unique"]],
    ["a key twice in a later document", "a: 1\n---\n- {b: 1, b: 2}\n", ["3:10: Map keys must be unique"]],
    ["a template's name", "name: {{ .Values.name }}\n", ["1:8: a key must be a text, a number or a boolean"]],
    ["a template's condition", "a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n", undefined],
    ["a key that is a list", "? [a]\n: b\n", ["1:3: a key must be a text, a number or a boolean"]],
    ["an alias without its anchor", "a: *b\n", ["1:4: alias of an anchor that does not exist"]],
    ["an alias inside its own anchor", "a: &a [*a]\n", ["1:8: alias of a value that contains the alias"]],
    ["a merge of a text", "<<: b\n", ["1:5: only mappings can be merged"]],
    ["NUL", "a: b\0c\n", ["1:5: control character U+0000"]],
    ["an escape", 'a: "\\q"\n', ["1:5: Invalid escape sequence in double quotes"]],
    ["text after a value", 'a: "b" c\n', ["1:8: Unexpected scalar at node end"]],
    ["conflict markers", "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", undefined],
  ])("reports the position of %s", (_, text, expected) => {
    if (expected === undefined) expect(check(text).count).toBeGreaterThan(0);
    else expect(problemsOf(text)).toEqual(expected);
  });

  it.each([
    ["in the middle", [0x61, 0x3a, 0x20, 0xff, 0x0a], 4],
    ["cut off at the end", [0x61, 0x3a, 0x20, 0xc3, 0xa4, 0xe2, 0x82], 5],
    ["UTF-16", [0xff, 0xfe, 0x61, 0x00], 1],
  ])("reports the first byte that is not UTF-8: %s", (_, bytes, column) => {
    expect(checkYaml(Uint8Array.from(bytes)).problems).toEqual([{ line: 1, column, message: "not UTF-8 text" }]);
  });

  it("lists the first ten problems and counts the others", () => {
    const result = check("- *a\n".repeat(25));
    expect(result.count).toBe(25);
    expect(result.problems.map((one) => one.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("reports an alias bomb without expanding it, and accepts a few aliases", () => {
    const bomb = (levels: number) =>
      Array.from(
        { length: levels },
        (_, at) => `a${at}: &a${at} [${at === 0 ? "x" : `${`*a${at - 1},`.repeat(9)}`}]\n`,
      );
    expect(check(bomb(4).join("")).count).toBe(0);
    expect(problemsOf(bomb(60).join(""))).toEqual([
      expect.stringMatching(/its aliases expand to more than 1000000 values$/),
    ]);
  });

  it("accepts a text deeper than any real CRD", () => {
    const lines = Array.from({ length: 120 }, (_, at) => `${"  ".repeat(at)}properties:\n`);
    expect(check(lines.join("")).count).toBe(0);
  });

  // The library rejects anchors and tags between lists on one line before they are deep.
  const TOO_DEEP = /^(nested too deeply to be read|Missing newline after block sequence props)$/;
  it.each([
    ["flow lists", "[".repeat(3000)],
    ["flow lists, closed", "[".repeat(3000) + "]".repeat(3000)],
    ["flow mappings", "{a: ".repeat(3000)],
    ["flow mappings without spaces", '{"a":'.repeat(3000)],
    ["keys that are lists", "? [".repeat(3000)],
    ["pairs in a flow list", `[${"a: ".repeat(3000)}`],
    ["lists on a line", "- ".repeat(3000)],
    ["lists on a line, with tabs", "-\t".repeat(3000)],
    ["explicit keys", "? ".repeat(3000)],
    ["values without keys", ": ".repeat(3000)],
    ["mappings on a line", "a: ".repeat(3000)],
    ["a bit of everything", "- ? : ".repeat(1000)],
    ["indents", Array.from({ length: 1000 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")],
    ["indents, and back", `${Array.from({ length: 1000 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")}b: 1\n`],
    ["anchors between", "- &a ".repeat(2000)],
    ["tags between", "- !a ".repeat(2000)],
  ])("stops at the depth limit in %s", (_, text) => {
    // Repeated: a stack overflow in the library ended the process only after several calls.
    for (let times = 0; times < 5; times++) expect(check(text).problems[0]?.message).toMatch(TOO_DEEP);
  });
});
