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
    ["merge keys", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: [{y: 1}]\n  x: 2\n"],
    ["a merge of keys that come later", "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n"],
    ["merges of other keys", "a: &a {x: 1}\nb: &b {y: 1}\nc: {z: 1, <<: *a, y: 2}\nd: {<<: *a, <<: *b}\n"],
    ["merges of a list that have a key in common", "a: &a {x: 1}\nb: {<<: [*a, {x: 2}]}\n"],
    ["unknown tags", "a: !Ref b\nd: !!timestamp never\n"],
    ["a text in base64", "a: !!binary YWJj\nb: !!binary |\n  YW\n  Jj\n"],
    ["sets and ordered mappings, which are other types", "a: !!set {x: 1}\nb: !!omap [{x: 1}, {x: 2}]\n"],
    ["JSON", '{"a": [1, 2, {"b": null}], "c": "\\u0041\\/"}\n'],
    ["a YAML 1.1 timestamp", "a: 2001-12-14t21:59:43.10-05:00\n"],
    ["a list at the indentation of its mapping", "a:\n- b\n- c\n"],
    ["comments right after values", 'a: {}# c\nb: "x"# c\nc: []#\n'],
    ["lines of a value in brackets or quotes at the margin", "a: [\n1,\n2\n]\nb: {\nc: 1\n}\nd: \"x\ny\"\ne: 'x\ny'\n"],
    ["an escaped apostrophe", 'a: "don\\\'t"\n'],
    ["tabs between a key and its value, in brackets, and inside of texts", "a:\tb\nc: [\t1]\nd: |\n  x\n  \ty\n"],
    ["question marks outside of brackets", 'a: really?\nb: ?c\n? d\n: e\nf: [? g : 1, "h?"]\n'],
    ["texts of infinity", 'a: ".inf"\nb: .infinite\n'],
  ])("finds nothing in %s", (_, text) => expect(check(text)).toMatchObject({ problems: [], count: 0 }));

  it.each([
    [
      "an open list",
      "a: [1, 2\nb: 3\n",
      ["2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["a line of a tab", "a: 1\n\t\nb: 2\n", ["2:1: Tabs are not allowed as indentation"]],
    ["a tab after the sign of an item", "a:\n- \tb: 1\n", ["2:2: Tabs are not allowed as indentation"]],
    ["a tab at the beginning of a text", "a: |\n\n  \tb\n  c\n", ["3:3: Tabs are not allowed as indentation"]],
    [
      "a question mark in brackets",
      "a: {b: really?, c: 1}\n",
      ["1:14: A value in brackets that has ? or begins with : must be quoted"],
    ],
    [
      "a colon at the beginning of a value in brackets",
      "a: [:b]\n",
      ["1:5: A value in brackets that has ? or begins with : must be quoted"],
    ],
    ["infinity", "a: -.Inf\n", ["1:4: a number that JSON does not have"]],
    ["no number", "a: [.nan]\n", ["1:5: a number that JSON does not have"]],
    ["a key of two lines, one of which ends with U+2028", '"a\u2028b": 1\n', undefined],
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
    ["a key that is null", "~: b\n", ["1:1: a key must be a text, a number or a boolean"]],
    ["a line that ends with CR", "# x\ra: &a 1\rb: &a 1\ra: 1\n", ["1:21: Map keys must be unique"]],
    ["no base64", "a: !!binary =x\n", ["1:4: The tag does not fit the value"]],
    [
      "a merge after a key that it has",
      "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n",
      ["4:3: a merge must come before the keys that it has"],
    ],
    [
      "a merge of what one before it has",
      "a: &a {x: 1}\nb:\n  <<: *a\n  <<: {x: 2}\n",
      ["4:3: a merge must come before the keys that it has"],
    ],
    [
      "a merge of a merged key",
      "a: &a {x: 1}\nb: &b {<<: *a}\nc: {x: 2, <<: *b}\n",
      ["3:11: a merge must come before the keys that it has"],
    ],
    [
      "a merge of an anchor that is set again",
      "a: &a {x: 1}\nb: {x: 2, <<: *a, z: &a {y: 1}}\n",
      ["2:11: a merge must come before the keys that it has"],
    ],
    ["a merge of a text", "<<: b\n", ["1:5: only mappings can be merged"]],
    ["a merge of a mapping and a text", "a: &a {x: 1}\n<<: [*a, b]\n", ["2:5: only mappings can be merged"]],
    [
      "a merge of a missing anchor",
      "<<: *b\n",
      ["1:5: alias of an anchor that does not exist", "1:5: only mappings can be merged"],
    ],
    [
      "a merge of a list whose anchor is given to a mapping afterwards",
      "a: &p [[]]\nb:\n  <<: *p\n  c: &p {}\n",
      ["3:7: only mappings can be merged"],
    ],
    ["a directive without a document", "# x\n%YAML\n", ["2:1: Unknown or incomplete directive"]],
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

  it.each([
    ["a directive", "%YAML 1.1 secret\n---\na: 1\n", "1:1: Unknown or incomplete directive"],
    ["a tag", "a: !secret!x y\n", "1:4: The tag does not fit the value"],
    ["an end of a list", "a: 1\n]secret\n", "2:1: Unexpected flow-seq-end token in YAML stream"],
    ["a block scalar", "a: |secret: x\n  x\n", "1:5: Block scalar header includes extra characters"],
    ["an alias with an anchor", "a: &x *secret\n", "1:7: An alias node must not specify any properties"],
    ["an alias without a name", "secret: *\n", "1:9: Alias cannot be an empty string"],
    ["a value", "a: @secret\n", "1:4: Plain value cannot start with reserved character @"],
    ["mappings on a line", "a: b: secret\n", "1:4: Nested mappings are not allowed in compact mappings"],
    ["a list in brackets", "[\n- secret\n]\n", "2:1: Block collections are not allowed within flow collections"],
    [
      "a long key",
      `${"secret".repeat(200)}: b\n`,
      "1:1: The : indicator must be at most 1024 chars after the start of an implicit block mapping key",
    ],
    ["a key of two lines", "secret\nx: b\n", "1:1: Implicit keys need to be on a single line"],
    ["two anchors", "&x &secret a: b\n", "1:4: A node can have at most one anchor"],
    ["two tags", "a: !x !secret b\n", "1:7: A node can have at most one tag"],
    ["an anchor before a key", "&secret ? a\n: b\n", "1:9: Anchors and tags must be after the ? indicator"],
  ])("says what is wrong with %s, and quotes nothing of the file", (_, text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem);
    expect(JSON.stringify(check(text))).not.toContain("secret");
  });

  it("lists problems in the order of the text", () => {
    const inner = "Map keys must be unique";
    expect(problemsOf("x: 1\nx:\n  b: 1\n  b: 2\n")).toEqual([`2:1: ${inner}`, `4:3: ${inner}`]);
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
      expect.stringMatching(/the aliases up to this one expand to more than 1000000 values$/),
    ]);
  });

  it("reports aliases from the first one up to which they expand to more than a million values", () => {
    const bomb = (levels: number) =>
      Array.from({ length: levels }, (_, at) => {
        const items = Array.from({ length: 20 }, (_, key) => (at === 0 ? `${key}: x` : `${key}: *a${at - 1}`));
        return `a${at}: &a${at} {${items.join()}}\n`;
      }).join("");
    const message = "the aliases up to this one expand to more than 1000000 values";
    // An alias of a2 stands for 16 841 values, one of a3 for 336 841.
    expect(check(bomb(4)).count).toBe(0);
    expect(problemsOf(bomb(5))).toEqual([`5:20: ${message}`]);
    const many = `${bomb(3)}all: [${Array(2000).fill("*a2").join()}]\n`;
    expect(problemsOf(many)).toEqual([expect.stringMatching(new RegExp(`^4:\\d+: ${message}$`))]);
    const documents = `${bomb(3)}all: [${Array(30).fill("*a2").join()}]\n---\n`;
    expect(check(documents).count).toBe(0);
    expect(problemsOf(documents.repeat(3))).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ["a list in brackets", `[${",".repeat(1e5)}`],
    ["a mapping in braces", `a: {${",".repeat(1e5)}}\n`],
    ["texts after values", 'a: "b" c\n'.repeat(2e4)],
    ["documents", "a: b: c\n---\n".repeat(2e4)],
    ["lines that are no mapping", "a: 1\nb\n".repeat(2e4)],
    ["escapes", `a: "${"\\y".repeat(1e5)}"\n`],
  ])("counts a thousand errors at most, whatever there is more: %s", (_, text) => {
    const { problems, count } = check(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(1000);
  });

  it("reports more aliases and merges than are read in linear time", () => {
    const aliases = `a: &a 1\nb: [${"*a,".repeat(50_000)}]\n`;
    expect(problemsOf(aliases)).toEqual([expect.stringMatching(/^2:30005: a document with more than 10000 aliases$/)]);
    const chain = Array.from(
      { length: 5000 },
      (_, at) => `a${at}: &a${at} {${at > 0 ? `<<: *a${at - 1}, ` : ""}k${at}: 1}\n`,
    );
    expect(problemsOf(chain.join(""))).toEqual([
      expect.stringMatching(/^708:18: the aliases up to this one expand to more than 1000000 values$/),
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
